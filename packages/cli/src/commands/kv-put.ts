import { type AgentClient, describeApiError, type KvPutOptions } from '@hobnob/agent/client';
import { namespaceFlag, readOptionsOf, serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import type { FlagSpec, FlagValues } from '../flag-spec.ts';
import { decodeBase64 } from '../go-base64.ts';
import type { CliIo } from '../io.ts';
import { exitFailure, exitOk } from '../output.ts';
import { askAgent } from './ask-agent.ts';
import { type LoadedData, loadData } from './data-source.ts';

const putFlags = [
  ...serverFlags,
  namespaceFlag,
  {
    name: 'acquire',
    kind: 'bool',
    description: 'Takes the key for the session of -session, which must exist. Creates the key if need be.',
  },
  { name: 'base64', kind: 'bool', description: 'DATA is in base64.' },
  {
    name: 'cas',
    kind: 'bool',
    description: 'Writes only if the key has the ModifyIndex of -modify-index still.',
  },
  {
    name: 'flags',
    kind: 'uint',
    placeholder: 'uint',
    description: 'A number to keep with the value, for the user alone. Default 0.',
  },
  {
    name: 'modify-index',
    kind: 'uint',
    placeholder: 'uint',
    description: 'ModifyIndex of the key, for -cas.',
  },
  { name: 'release', kind: 'bool', description: 'Gives the key up, which the session of -session holds.' },
  {
    name: 'session',
    kind: 'string',
    placeholder: 'string',
    description: 'Id of a session, for -acquire and -release.',
  },
  {
    name: 'ttl',
    kind: 'string',
    placeholder: 'duration',
    description:
      'Deletes the key after this time ("30s"), unless it is written again before. Hobnob only: a server of Consul ignores it and keeps the key.',
  },
] as const satisfies readonly FlagSpec[];

/** `kv put`: writes a key. */
export const kvPutCommand = defineCommand({
  name: 'put',
  synopsis: 'Sets or updates data in the KV store',
  usage: 'kv put [options] KEY [DATA]',
  paragraphs: [
    'Writes a value of any bytes. DATA is the value itself, @FILE for the contents of a file, or - for standard input; without DATA the value is empty.',
  ],
  flags: putFlags,
  async run({ flags, args, io }) {
    const given = await dataOf(args, flags.base64 ?? false, io);
    if (!given.ok) return refuse(io, `Error! ${given.problem}`);
    const { acquire = false, release = false, cas = false, session = '' } = flags;
    if ((acquire || release) && session === '') {
      return refuse(io, 'Error! Missing -session (required with -acquire and -release)');
    }
    if (cas && (flags['modify-index'] ?? 0n) === 0n) {
      return refuse(io, 'Must specify -modify-index with -cas!');
    }
    const [key = ''] = args;
    const { failed, refused, done, options } = writeOf(flags, key);
    const failure = `Error! ${failed}`;
    // Consul names the key in place of the reason when a lock cannot be given up.
    const reasonOf = (reason: string): string => ('release' in options ? key : reason);
    if (key.startsWith('/')) {
      return refuse(io, `${failure}: ${reasonOf(`Invalid key. Key must not begin with a '/': ${key}`)}`);
    }
    const put = async (client: AgentClient): Promise<number> => {
      const isWritten = await client.kv.put(key, given.bytes, { ...readOptionsOf(flags), ...options });
      // A plain write is never refused.
      if (!isWritten && refused !== '') return refuse(io, `Error! ${refused}`);
      io.stdout(`Success! ${done}: ${key}\n`);
      return exitOk;
    };
    return askAgent(io, flags, failure, put, (error) => reasonOf(describeApiError(error)));
  },
});

interface Write {
  /** Begins the line when the request fails. */
  readonly failed: string;
  /** The line when it does not apply; '' when it always does. */
  readonly refused: string;
  readonly done: string;
  readonly options: KvPutOptions;
}

/** Of several kinds of writes Consul does the first. */
function writeOf(flags: FlagValues<typeof putFlags>, key: string): Write {
  const common = { flags: flags.flags ?? 0n, ...(flags.ttl === undefined ? {} : { ttl: flags.ttl }) };
  const { session = '' } = flags;
  if (flags.cas === true) {
    const failed = `Did not write to ${key}`;
    const options = { ...common, cas: flags['modify-index'] ?? 0n };
    return { failed, refused: `${failed}: CAS failed`, done: 'Data written to', options };
  }
  const failed = 'Failed writing data';
  if (flags.acquire === true) {
    const options = { ...common, acquire: session };
    return { failed, refused: 'Did not acquire lock', done: 'Lock acquired on', options };
  }
  if (flags.release === true) {
    const options = { ...common, release: session };
    return { failed, refused: 'Did not release lock', done: 'Lock released on', options };
  }
  return { failed, refused: '', done: 'Data written to', options: common };
}

async function dataOf(args: readonly string[], base64: boolean, io: CliIo): Promise<LoadedData> {
  if (args.length === 0) return { ok: false, problem: 'Missing KEY argument' };
  if (args.length > 2) {
    return { ok: false, problem: `Too many arguments (expected 1 or 2, got ${args.length})` };
  }
  const data = await loadData(args[1] ?? '', io);
  if (!data.ok || !base64) return data;
  const decoded = decodeBase64(Buffer.from(data.bytes).toString());
  // Consul says so too, and then writes the bytes before the fault.
  return decoded.ok ? decoded : { ok: false, problem: `Cannot base 64 decode data: ${decoded.problem}` };
}

function refuse(io: CliIo, text: string): number {
  io.stderr(`${text}\n`);
  return exitFailure;
}
