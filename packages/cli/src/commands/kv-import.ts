import { type AgentClient, describeApiError } from '@hobnob/agent/client';
import { namespaceFlag, readOptionsOf, serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { decodeBase64 } from '../go-base64.ts';
import type { CliIo } from '../io.ts';
import { exitFailure, exitOk } from '../output.ts';
import { askAgent } from './ask-agent.ts';
import { type LoadedData, loadData } from './data-source.ts';

/** `kv import`: writes what `kv export` has printed. */
export const kvImportCommand = defineCommand({
  name: 'import',
  synopsis: 'Imports a tree stored as JSON to the KV store',
  usage: 'kv import [options] DATA',
  paragraphs: [
    'Writes the keys that "kv export" has printed. DATA is the JSON itself, @FILE for the contents of a file, or - for standard input. Ends at the first key that cannot be written; those before stay.',
  ],
  flags: [...serverFlags, namespaceFlag],
  async run({ flags, args, io }) {
    const refuse = (text: string): number => {
      io.stderr(`${text}\n`);
      return exitFailure;
    };
    const data = await dataOf(args, io);
    if (!data.ok) return refuse(`Error! ${data.problem}`);
    return askAgent(io, flags, 'Error! Failed writing data', async (client: AgentClient) => {
      const parsed = (await io.loadAgent()).parseExportedEntries(data.bytes);
      if (!parsed.ok) return refuse(`Cannot unmarshal data: ${parsed.problem}`);
      for (const { key, flags: number, value, namespace } of parsed.entries) {
        const decoded = decodeBase64(value);
        if (!decoded.ok) {
          return refuse(`Error base 64 decoding value for key ${key}: ${decoded.problem}`);
        }
        const failure = `Error! Failed writing data for key ${key}`;
        if (key.startsWith('/')) {
          return refuse(`${failure}: Invalid key. Key must not begin with a '/': ${key}`);
        }
        const place = { ...readOptionsOf(flags), ...(namespace === '' ? {} : { namespace }) };
        try {
          await client.kv.put(key, decoded.bytes, { ...place, flags: number });
        } catch (error) {
          return refuse(`${failure}: ${describeApiError(error)}`);
        }
        io.stdout(`Imported: ${key}\n`);
      }
      return exitOk;
    });
  },
});

async function dataOf(args: readonly string[], io: CliIo): Promise<LoadedData> {
  const [argument] = args;
  if (argument === undefined) return { ok: false, problem: 'Missing DATA argument' };
  if (args.length > 1) return { ok: false, problem: `Too many arguments (expected 1, got ${args.length})` };
  return argument === '' ? { ok: false, problem: 'Empty DATA argument' } : loadData(argument, io);
}
