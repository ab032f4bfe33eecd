import { startConsul, waitUntilEntered } from '../../interop/consul-agent.ts';
import type { LoopbackAddresses } from '../../interop/peers.ts';
import { waitUntil } from '../../interop/wait-until.ts';
import { HobnobProcess } from '../../support/hobnob-process.ts';
import { HttpCaller } from '../../support/http-caller.ts';
import type { Subject } from '../run-case.ts';
import type { Pair } from './play.ts';

/** `HOBNOB_RANDOM_AGAINST=consul` plays against a second real Consul: what differs then is no behaviour. */
const againstConsul = process.env['HOBNOB_RANDOM_AGAINST'] === 'consul';
const nodeName = 'n1';
const nodeId = '11111111-2222-3333-4444-555555555555';

/** A real Consul and a server of ours that call themselves alike. */
export interface RunningPair extends Pair, AsyncDisposable {}

export async function startPair(addresses: LoopbackAddresses): Promise<RunningPair> {
  const ends: (() => Promise<void>)[] = [];
  const dispose = async () => {
    await Promise.all(ends.map((end) => end()));
  };
  const subject = (host: string): Subject => {
    const caller = new HttpCaller(host, 8500);
    ends.push(async () => caller.close());
    return { host, caller };
  };
  const [theirHost, ourHost] = [addresses.next(), addresses.next()];
  try {
    const config = { node_id: nodeId, log_level: 'ERR' };
    const consul = await startConsul({ name: nodeName, host: theirHost, config });
    ends.push(() => consul.dispose());
    await waitUntilEntered(consul);
    if (againstConsul) {
      const other = await startConsul({ name: nodeName, host: ourHost, config });
      ends.push(() => other.dispose());
      await waitUntilEntered(other);
      return { theirs: subject(theirHost), ours: subject(ourHost), [Symbol.asyncDispose]: dispose };
    }
    const args = ['-server', '-bootstrap', `-node=${nodeName}`, `-node-id=${nodeId}`];
    const ours = await HobnobProcess.start(ourHost, args);
    ends.push(() => ours[Symbol.asyncDispose]());
  } catch (error) {
    await dispose();
    throw error;
  }
  return { theirs: subject(theirHost), ours: subject(ourHost), [Symbol.asyncDispose]: dispose };
}

/** Removes every node but the agents' own. */
export async function emptyCatalog({ theirs, ours }: Pair): Promise<void> {
  await Promise.all([theirs, ours].map(emptyOne));
}

async function emptyOne({ caller }: Subject): Promise<void> {
  const { body } = await caller.send({ method: 'GET', path: '/v1/catalog/nodes' });
  for (const { Node } of JSON.parse(body) as readonly { readonly Node: string }[]) {
    if (Node === nodeName) continue;
    await caller.send({ method: 'PUT', path: '/v1/catalog/deregister', body: { Node } });
  }
}

/** Removes every key, every session and every node but the agents' own. */
export async function emptyStores(pair: Pair): Promise<void> {
  await Promise.all([pair.theirs, pair.ours].map(emptyStore));
  await emptyCatalog(pair);
}

async function emptyStore({ caller }: Subject): Promise<void> {
  const { body } = await caller.send({ method: 'GET', path: '/v1/session/list' });
  for (const { ID } of JSON.parse(body) as readonly { readonly ID: string }[])
    await caller.send({ method: 'PUT', path: `/v1/session/destroy/${ID}` });
  await caller.send({ method: 'DELETE', path: '/v1/kv/?recurse' });
}

/** After this both agents have seen a service end, so that questions for missing services have an index. */
export async function endFirstService({ theirs, ours }: Pair): Promise<void> {
  for (const { caller } of [theirs, ours]) {
    const body = { Node: 'x1', Address: '10.1.0.1', Service: { Service: 'web' }, Check: { Name: 'c' } };
    await caller.send({ method: 'PUT', path: '/v1/catalog/register', body });
    await caller.send({ method: 'PUT', path: '/v1/catalog/deregister', body: { Node: 'x1' } });
  }
}

/** Removes all that is registered with the two agents, and waits until their catalogs have nothing of it. */
export async function emptyAgents({ theirs, ours }: Pair): Promise<void> {
  await Promise.all([theirs, ours].map(emptyAgent));
}

async function emptyAgent({ caller }: Subject): Promise<void> {
  const idsAt = async (path: string): Promise<readonly string[]> =>
    Object.keys(JSON.parse((await caller.send({ method: 'GET', path })).body));
  const put = (path: string) => caller.send({ method: 'PUT', path: `/v1/agent/${path}` });
  await put('maintenance?enable=false');
  for (const id of await idsAt('/v1/agent/services'))
    await put(`service/deregister/${encodeURIComponent(id)}`);
  for (const id of await idsAt('/v1/agent/checks')) await put(`check/deregister/${encodeURIComponent(id)}`);
  await waitUntil('the catalog has only the agent', async () => {
    const { body } = await caller.send({ method: 'GET', path: '/v1/internal/ui/node/n1' });
    const { Services, Checks } = JSON.parse(body) as Readonly<
      Record<'Services' | 'Checks', readonly unknown[]>
    >;
    return Services.length === 1 && Checks.length === 1;
  });
}

/** Waits until both agents have stored all coordinates that they were sent: they do so every five seconds. */
export async function coordinatesStored({ theirs, ours }: Pair): Promise<void> {
  const Height = Math.random();
  const Coord = { Vec: [0, 0, 0, 0, 0, 0, 0, 0], Error: 0, Adjustment: 0, Height };
  const Node = 'last';
  await Promise.all(
    [theirs, ours].map(async ({ caller }) => {
      await caller.send({ method: 'PUT', path: '/v1/catalog/register', body: { Node, Address: '10.1.0.9' } });
      await caller.send({ method: 'PUT', path: '/v1/coordinate/update', body: { Node, Coord } });
      await waitUntil('all coordinates are stored', async () => {
        const { body } = await caller.send({ method: 'GET', path: `/v1/coordinate/node/${Node}` });
        return body.includes(String(Height));
      });
    }),
  );
}
