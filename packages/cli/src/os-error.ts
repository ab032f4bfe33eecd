import { getSystemErrorMap } from 'node:util';

const textByCode: ReadonlyMap<string, string> = new Map([...getSystemErrorMap().values()]);

/** The operating system's words for an error (`no such file or directory`), or the error's own message. */
export function osErrorText(error: unknown): string {
  const code = osErrorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  return (code === undefined ? undefined : textByCode.get(code)) ?? message;
}

/** The errno name (`ENOENT`) that Node attached to an error. */
export function osErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
