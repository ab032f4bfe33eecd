import { execFile } from 'node:child_process';
import { startConsul, waitUntilEntered } from '../interop/consul-agent.ts';
import { LoopbackAddresses } from '../interop/peers.ts';
import { HobnobProcess } from '../support/hobnob-process.ts';

/** One of the two agents that a client is tried on. */
export interface Registry {
  readonly name: 'Consul' | 'Hobnob';
  readonly host: string;
  /** `host:port` of its HTTP API. */
  readonly address: string;
}

/** A real Consul 1.8.7 and a development agent of ours, both servers of one name and id, fresh. */
export interface BothAgents {
  readonly registries: readonly [theirs: Registry, ours: Registry];
  dispose(): Promise<void>;
}

/** What a client's call returned. */
export interface Step {
  readonly step: string;
  readonly result: unknown;
}

const network = 33;
const nodeId = '11111111-2222-3333-4444-555555555555';

/** @param file one number per test file, 1 to 15. */
export async function startBoth(file: number): Promise<BothAgents> {
  const addresses = new LoopbackAddresses(file, network);
  const [theirHost, ourHost] = [addresses.next(), addresses.next()];
  const consul = await startConsul({
    name: 'n1',
    host: theirHost,
    config: { node_id: nodeId, log_level: 'ERR' },
  });
  try {
    await waitUntilEntered(consul);
    const ours = await HobnobProcess.start(ourHost, ['-dev', '-node=n1', `-node-id=${nodeId}`]);
    const registry = (name: Registry['name'], host: string) => ({ name, host, address: `${host}:8500` });
    return {
      registries: [registry('Consul', theirHost), registry('Hobnob', ourHost)],
      dispose: async () => {
        await Promise.all([consul.dispose(), ours[Symbol.asyncDispose]()]);
      },
    };
  } catch (error) {
    await consul.dispose();
    throw error;
  }
}

export interface ClientRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a client to its end and returns its output. @throws Error with what it printed when it fails. */
export function runClient({ command, args, env = {} }: ClientRun): Promise<string> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CONSUL_'));
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      {
        env: { ...Object.fromEntries(inherited), ...env },
        timeout: 100_000,
        killSignal: 'SIGKILL',
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${command} ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error }));
      },
    );
  });
}

/**
 * Runs a client on both agents at the same time, and returns the steps that it printed, one a line, without what differs
 * by nature: the agents' addresses and the numbers of their indexes.
 */
export async function stepsOnBoth(
  { registries }: BothAgents,
  clientFor: (registry: Registry) => ClientRun,
): Promise<{ readonly theirs: readonly Step[]; readonly ours: readonly Step[] }> {
  const outputs = await Promise.allSettled(
    registries.map(async (registry) => stepsIn(await runClient(clientFor(registry)), registry.host)),
  );
  const [theirs, ours] = outputs.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  if (theirs === undefined || ours === undefined) throw new Error('there are two agents');
  return { theirs, ours };
}

/** The steps of an output: lines of JSON. */
function stepsIn(output: string, host: string): readonly Step[] {
  const lines = output.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const parsed: unknown = JSON.parse(line.replaceAll(host, 'HOST'), comparable);
    if (!isStep(parsed)) throw new Error(`this is no step: ${line}`);
    return parsed;
  });
}

function isStep(value: unknown): value is Step {
  return typeof value === 'object' && value !== null && 'step' in value && typeof value.step === 'string';
}

const indexFields: ReadonlySet<string> = new Set(['CreateIndex', 'ModifyIndex', 'Index', 'LTime']);
/** Fields that Consul does not have: when a check ran and changed. */
const ownFields: ReadonlySet<string> = new Set(['LastCheckTime', 'LastChangeTime', 'Transitions']);

/** Whether an index is there is compared, not its number: the logs hold other commands too. */
function comparable(key: string, value: unknown): unknown {
  if (ownFields.has(key)) return undefined;
  return indexFields.has(key) && typeof value === 'number' ? Math.sign(value) : value;
}

/**
 * The steps as lines, in which what differs from run to run has a name by its first appearance: `port-1`, `uuid-2`.
 * What was the same within a run has the same name.
 */
export function withNames(
  steps: readonly Step[],
  patterns: Readonly<Record<string, RegExp>>,
): readonly string[] {
  const lines = steps.map((step) => JSON.stringify(step));
  let text = lines.join('\n');
  for (const [kind, pattern] of Object.entries(patterns)) {
    const names = new Map<string, string>();
    text = text.replace(pattern, (found) => {
      const name = names.get(found) ?? `${kind}-${names.size + 1}`;
      names.set(found, name);
      return name;
    });
  }
  return text.split('\n');
}

/** Consul lists the tags of a service in the order of a Go map. */
export function withSortedTags(result: unknown): unknown {
  const sort = (key: string, value: unknown): unknown =>
    key !== '' && Array.isArray(value) && value.every((tag) => typeof tag === 'string')
      ? value.toSorted()
      : value;
  return JSON.parse(JSON.stringify(result), sort);
}
