import { describeKvReadError } from '@hobnob/agent/client';
import { writeGoJson } from '@hobnob/agent/watching';
import { namespaceFlag, readOptionsOf, serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitOk } from '../output.ts';
import { refuseArguments } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';
import { withoutSlash } from './kv-key.ts';

/** `kv export`: a tree of keys as JSON. */
export const kvExportCommand = defineCommand({
  name: 'export',
  synopsis: 'Exports a tree from the KV store as JSON',
  usage: 'kv export [options] [KEY_OR_PREFIX]',
  paragraphs: [
    'Prints the keys that begin with the prefix, without one all keys, as JSON that "kv import" reads: key, flags, and the value in base64. Sessions and times of expiry are not in it.',
  ],
  flags: [...serverFlags, namespaceFlag],
  async run({ flags, args, io }) {
    if (args.length > 1) return refuseArguments(io, args.length, 1);
    const prefix = withoutSlash(args[0] ?? '');
    const failure = 'Error querying Consul agent';
    return askAgent(
      io,
      flags,
      failure,
      async (client) => {
        const { value } = await client.kv.list(prefix, readOptionsOf(flags));
        const entries = value.map(({ Key, Flags, Value, Namespace = '' }) => ({
          key: Key,
          flags: Flags,
          value: Buffer.from(Value).toString('base64'),
          namespace: Namespace === '' ? undefined : Namespace,
        }));
        io.stdoutBytes(Buffer.from(`${writeGoJson(entries, '\t')}\n`));
        return exitOk;
      },
      describeKvReadError,
    );
  },
});
