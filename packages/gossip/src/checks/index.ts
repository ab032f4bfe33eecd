/**
 * Run-time checks of options and arguments by tables of kinds. Shared by the packages of this project; no promise is made to
 * others.
 */
export { type Kind, ProblemList, readOrThrow, refuse } from './kind.ts';
export { nearestName } from './nearest-name.ts';
export { listOf, mapOf, objectWith } from './objects.ts';
export { type ReadRows, type RecordKind, type RowsOf, readRecord, recordOf } from './record.ts';
export { abortSignal, callable, finiteNumber, flag, oneOf, text, wholeNumber } from './scalars.ts';
