import { getSystemErrorMap } from 'node:util';

/** The code of an error (`ENOENT`, `AGENT_CLOSED`); '' when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Whether an error carries one of these codes of the operating system (`ENOENT`). */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(errorCode(error));
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

let textByCode: ReadonlyMap<string, string> | undefined;

/** The operating system's words for an error (`no such file or directory`), or the error's own message. */
export function systemErrorText(error: unknown): string {
  textByCode ??= new Map(getSystemErrorMap().values());
  return textByCode.get(errorCode(error)) ?? messageOf(error);
}
