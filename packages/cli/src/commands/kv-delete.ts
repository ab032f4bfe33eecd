import { namespaceFlag, readOptionsOf, serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { refuseArguments } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';
import { withoutSlash } from './kv-key.ts';

/** `kv delete`: deletes a key or a tree of keys. */
export const kvDeleteCommand = defineCommand({
  name: 'delete',
  synopsis: 'Removes data from the KV store',
  usage: 'kv delete [options] KEY_OR_PREFIX',
  paragraphs: [
    'Deletes a key, or with -recurse every key that begins with the prefix. A key that does not exist is no error.',
  ],
  flags: [
    ...serverFlags,
    namespaceFlag,
    {
      name: 'cas',
      kind: 'bool',
      description: 'Deletes only if the key has the ModifyIndex of -modify-index still.',
    },
    {
      name: 'modify-index',
      kind: 'uint',
      placeholder: 'uint',
      description: 'ModifyIndex of the key, for -cas.',
    },
    { name: 'recurse', kind: 'bool', description: 'Deletes every key that begins with the prefix.' },
  ],
  async run({ flags, args, io }) {
    if (args.length > 1) return refuseArguments(io, args.length, 1);
    const key = withoutSlash(args[0] ?? '');
    const { recurse = false, cas = false, 'modify-index': modifyIndex = 0n } = flags;
    const problem =
      key === '' && !recurse ? 'Error! Missing KEY argument' : casProblem({ cas, modifyIndex, recurse });
    if (problem !== undefined) {
      io.stderr(`${problem}\n`);
      return exitFailure;
    }
    const failed = `Error! Did not delete ${recurse ? 'prefix' : 'key'} ${key}`;
    const failure = recurse || cas ? failed : `Error deleting key ${key}`;
    return askAgent(io, flags, failure, async (client) => {
      const options = { ...readOptionsOf(flags), recurse, ...(cas ? { cas: modifyIndex } : {}) };
      const isDeleted = await client.kv.delete(key, options);
      if (cas && !isDeleted) {
        io.stderr(`${failed}: CAS failed\n`);
        return exitFailure;
      }
      io.stdout(`Success! Deleted ${recurse ? 'keys with prefix' : 'key'}: ${key}\n`);
      return exitOk;
    });
  },
});

interface CasFlags {
  readonly cas: boolean;
  readonly modifyIndex: bigint;
  readonly recurse: boolean;
}

function casProblem({ cas, modifyIndex, recurse }: CasFlags): string | undefined {
  if (cas && modifyIndex === 0n) return 'Must specify -modify-index with -cas!';
  if (!cas && modifyIndex !== 0n) return 'Cannot specify -modify-index without -cas!';
  return cas && recurse ? 'Cannot specify both -cas and -recurse!' : undefined;
}
