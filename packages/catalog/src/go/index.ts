/** What Go's standard library does to text: durations, truth values, quoting, JSON. */
export { durationMs, formatDuration, parseDuration } from './duration.ts';
export { InputError, type InputErrorCode } from './input-error.ts';
export { type JsonNode, JsonNumber, JsonObject, parseWholeJson } from './json-parse.ts';
export { parseBool, parseDecimal, quote } from './strconv.ts';
export { lastTimeMs, timeOf, timeText } from './time-text.ts';
export { uuidProblem } from './uuid.ts';
