/** Times of day as text: ISO 8601 in UTC with milliseconds, which compare as text until the year 9999. */

const msPerDay = 86_400_000;
const daysPerEra = 146_097;
/** From 0000-03-01 to 1970-01-01: eras begin with a March, so that a leap day is the last of its year. */
const daysToEpoch = 719_468;

/** The last time whose text compares with others as text, in ms since 1970: the end of the year 9999. */
export const lastTimeMs = 253_402_300_799_999;

/** The text of a time in ms since 1970, not before that and not after `lastTimeMs`. */
export function timeText(ms: number): string {
  const days = Math.floor(ms / msPerDay);
  const { year, month, day } = dateOf(days);
  let rest = ms - days * msPerDay;
  const take = (unit: number): number => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count;
  };
  const time = [take(3_600_000), take(60_000), take(1_000)].map((part) => padded(part, 2)).join(':');
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}T${time}.${padded(rest, 3)}Z`;
}

/** The time of such a text, in ms since 1970; NaN for another text. */
export function timeOf(text: string): number {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z$/.exec(text);
  if (parts === null) return Number.NaN;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0, ms = 0] = parts
    .slice(1)
    .map(Number);
  return ((daysOf(year, month, day) * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1_000 + ms;
}

/** The date of a day counted from 1970, in the Gregorian calendar. */
function dateOf(daysSinceEpoch: number): {
  readonly year: number;
  readonly month: number;
  readonly day: number;
} {
  const days = daysSinceEpoch + daysToEpoch;
  const era = Math.floor(days / daysPerEra);
  const dayOfEra = days - era * daysPerEra;
  const leapDays =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

function daysOf(year: number, month: number, day: number): number {
  const fromMarch = month <= 2 ? year - 1 : year;
  const era = Math.floor(fromMarch / 400);
  const yearOfEra = fromMarch - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * daysPerEra + dayOfEra - daysToEpoch;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
