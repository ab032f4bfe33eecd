import { hasCode, systemErrorText } from '@hobnob/gossip/files';
import type { CliIo } from '../io.ts';

/** Bytes that an argument names, or why they cannot be read, in Consul's words. */
export type LoadedData =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly problem: string };

/** The data of an argument: `@FILE` is what the file holds, `-` is standard input, anything else is the data itself. */
export async function loadData(argument: string, io: CliIo): Promise<LoadedData> {
  if (argument === '-') {
    return io.readStdinBytes().then(loaded, (error: unknown) => ({
      ok: false,
      problem: `Failed to read stdin: ${systemErrorText(error)}`,
    }));
  }
  if (!argument.startsWith('@')) return loaded(Buffer.from(argument));
  const path = argument.slice(1);
  return io.files.readBytes(path).then(loaded, (error: unknown) => {
    const isDirectory = hasCode(error, 'EISDIR');
    const reason = isDirectory ? `read ${path}: is a directory` : `open ${path}: ${systemErrorText(error)}`;
    return { ok: false, problem: `Failed to read file: ${reason}` };
  });
}

function loaded(bytes: Uint8Array): LoadedData {
  return { ok: true, bytes };
}
