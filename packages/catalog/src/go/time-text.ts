/** Times of day as text: ISO 8601 in UTC with milliseconds, which compare as text until the year 9999. */

// biome-ignore lint/style/noRestrictedGlobals: only turns numbers into text and back; the time comes from a port
const { UTC, parse } = Date;
// biome-ignore lint/style/noRestrictedGlobals: as above
const TimeOfDay = Date;

/** The last time whose text compares with others as text, in ms since 1970. */
export const lastTimeMs = UTC(9999, 11, 31);

/** The text of a time in ms since 1970. */
export function timeText(ms: number): string {
  return new TimeOfDay(ms).toISOString();
}

/** The time of a text, in ms since 1970; NaN when it is none. */
export function timeOf(text: string): number {
  return parse(text);
}
