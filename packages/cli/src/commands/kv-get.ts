import { type AgentClient, describeKvReadError, type KvEntry } from '@hobnob/agent/client';
import { namespaceFlag, readOptionsOf, serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import type { CliIo } from '../io.ts';
import { exitFailure, exitOk } from '../output.ts';
import { alignTabs } from '../tab-text.ts';
import { refuseArguments } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';
import { withoutSlash } from './kv-key.ts';

/** `kv get`: values and keys. */
export const kvGetCommand = defineCommand({
  name: 'get',
  synopsis: 'Retrieves or lists data from the KV store',
  usage: 'kv get [options] [KEY_OR_PREFIX]',
  paragraphs: [
    'Prints the value of a key as it is, and a newline. With -recurse it prints every key that begins with the prefix, and its value; with -keys only the keys. Without a prefix these are all keys.',
    'Exits with 1 when the key does not exist; no keys for a prefix are no error.',
  ],
  flags: [
    ...serverFlags,
    namespaceFlag,
    { name: 'base64', kind: 'bool', description: 'Prints values in base64.' },
    {
      name: 'detailed',
      kind: 'bool',
      description: 'Prints the indexes, flags and session of each key as well, and when it expires.',
    },
    { name: 'keys', kind: 'bool', description: 'Prints the keys that begin with the prefix.' },
    {
      name: 'recurse',
      kind: 'bool',
      description: 'Prints the keys that begin with the prefix, and their values.',
    },
    {
      name: 'separator',
      kind: 'string',
      placeholder: 'string',
      defaultText: '"/"',
      description:
        'With -keys, cuts keys behind the first of these after the prefix and prints each once. Default /.',
    },
  ],
  async run({ flags, args, io }) {
    if (args.length > 1) return refuseArguments(io, args.length, 1);
    const key = withoutSlash(args[0] ?? '');
    const { keys = false, recurse = false, detailed = false, base64 = false, separator = '/' } = flags;
    if (key === '' && !recurse && !keys) {
      io.stderr('Error! Missing KEY argument\n');
      return exitFailure;
    }
    const options = readOptionsOf(flags);
    const show = detailed ? detailsOf : recurse ? pairOf : valueBytes;
    const get = async (client: AgentClient): Promise<number> => {
      if (keys) {
        const found = (await client.kv.keys(key, { ...options, separator })).value;
        io.stdoutBytes(Buffer.from(found.map((name) => `${name}\n`).join('')));
        return exitOk;
      }
      if (recurse) {
        const entries = (await client.kv.list(key, options)).value;
        printBlocks(
          io,
          entries.map((entry) => show(entry, base64)),
          detailed ? '\n' : '',
        );
        return exitOk;
      }
      const entry = (await client.kv.get(key, options)).value;
      if (entry === undefined) {
        io.stderr(`Error! No key exists at: ${key}\n`);
        return exitFailure;
      }
      printBlocks(io, [show(entry, base64)], '');
      return exitOk;
    };
    return askAgent(io, flags, 'Error querying Consul agent', get, describeKvReadError);
  },
});

/** Each block on lines of its own, with `between` between them. */
function printBlocks(io: CliIo, blocks: readonly Uint8Array[], between: string): void {
  const newline = Buffer.from('\n');
  const gap = Buffer.from(between);
  io.stdoutBytes(Buffer.concat(blocks.flatMap((block, at) => [...(at === 0 ? [] : [gap]), block, newline])));
}

function valueBytes({ Value }: KvEntry, base64: boolean): Uint8Array {
  return base64 ? Buffer.from(Buffer.from(Value).toString('base64')) : Value;
}

function pairOf(entry: KvEntry, base64: boolean): Uint8Array {
  return Buffer.concat([Buffer.from(`${entry.Key}:`), valueBytes(entry, base64)]);
}

function detailsOf(entry: KvEntry, base64: boolean): Uint8Array {
  const { CreateIndex, Flags, Key, LockIndex, ModifyIndex, Session, Namespace = '', ExpiresAt } = entry;
  const rows = [
    ['CreateIndex', CreateIndex],
    ['Flags', Flags],
    ['Key', Key],
    ['LockIndex', LockIndex],
    ['ModifyIndex', ModifyIndex],
    ['Session', Session === '' ? '-' : Session],
    ...(Namespace === '' ? [] : [['Namespace', Namespace]]),
    ...(ExpiresAt === undefined ? [] : [['ExpiresAt', ExpiresAt]]),
  ];
  const head = rows.map((row) => `${row.join('\t')}\n`).join('');
  return alignTabs(Buffer.concat([Buffer.from(`${head}Value\t`), valueBytes(entry, base64)]));
}
