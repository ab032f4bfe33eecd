import { join } from 'node:path';
import { HttpCaller } from '../../support/http-caller.ts';
import { type AgentOptions, AgentProcess, missingPrograms, type Side, sides } from './agent-process.ts';
import { missingWrk } from './wrk.ts';

/** One agent of a pair, with a client that prepares it. */
export interface PairMember {
  readonly side: Side;
  readonly agent: AgentProcess;
  readonly caller: HttpCaller;
}

export interface PairOptions extends Pick<AgentOptions, 'config' | 'inside'> {
  /** A further configuration file of each side. */
  readonly configFile?: (side: Side) => string;
  /** A server that keeps its data in this folder, below its own name, in place of `-dev`. */
  readonly dataFolder?: string;
}

/** All clients of a bench share one address. Consul refuses to start with more than the system allows. */
const limits = { http_max_conns_per_client: 15_000 };

/**
 * Starts `agent -dev` (or a single server with its data on disk) of both sides on `PREFIX.1` and `PREFIX.2`, waits until they lead, and ends them afterwards.
 * @throws Error that names the program that is missing.
 */
export async function withDevPair(
  prefix: string,
  { config = {}, inside = false, dataFolder, configFile }: PairOptions,
  use: (pair: readonly PairMember[]) => Promise<void>,
): Promise<void> {
  const missing = missingPrograms() ?? (await missingWrk());
  if (missing !== undefined) throw new Error(missing);
  const pair: PairMember[] = [];
  try {
    for (const [index, side] of sides.entries()) {
      const host = `${prefix}.${index + 1}`;
      const agent = await AgentProcess.start(side, {
        name: 'bench',
        host,
        ...(dataFolder === undefined ? { dev: true } : { server: true }),
        config: {
          limits,
          ...(dataFolder === undefined ? {} : { data_dir: join(dataFolder, side) }),
          ...config,
        },
        inside,
        ...(configFile === undefined ? {} : { configFile: configFile(side) }),
      });
      pair.push({ side, agent, caller: new HttpCaller(host, 8500) });
      await agent.untilAnswering('/v1/health/state/any?index=1&wait=5s');
    }
    await use(pair);
  } finally {
    for (const { caller } of pair) caller.close();
    await Promise.all(pair.map(({ agent }) => agent.dispose()));
  }
}

/** Puts a body. @throws Error on an answer that is not 200. */
export async function put(caller: HttpCaller, path: string, body: unknown): Promise<void> {
  const answer = await caller.send({ method: 'PUT', path, body });
  if (answer.status !== 200) throw new Error(`PUT ${path}: ${answer.status} ${answer.body}`);
}

/** Reads JSON. @throws Error on an answer that is not 200. */
export async function get<T>(caller: HttpCaller, path: string): Promise<T> {
  const answer = await caller.send({ method: 'GET', path });
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.body}`);
  return JSON.parse(answer.body) as T;
}

/** Runs a job for each item, so many at a time. */
export async function eachOf<T>(
  items: Iterable<T>,
  atOnce: number,
  job: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await job(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
