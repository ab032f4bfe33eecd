import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HobnobProcess } from '../support/hobnob-process.ts';
import { startConsul } from './consul-agent.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses } from './peers.ts';
import { waitUntil } from './wait-until.ts';

/** The same watches in the configuration of a real agent and of ours: the same runs after the same changes. */

const addresses = new LoopbackAddresses(3, 84);

type Disposables = (dispose: () => Promise<void>) => void;

/** A request of a watch, as it arrived. */
interface Told {
  readonly line: string;
  readonly headers: readonly string[];
  readonly body: string;
}

/** Where an agent's watches leave their traces. */
interface Traces {
  readonly watches: readonly object[];
  /** What was given to the handler of this name, run by run, without what differs between two agents. */
  runs(name: string): Promise<readonly unknown[]>;
  readonly told: readonly Told[];
}

const names = ['key', 'prefix', 'service', 'checks', 'event', 'own', 'quiet'] as const;

async function openTraces(host: string, dispose: Disposables): Promise<Traces> {
  const folder = await mkdtemp(join(tmpdir(), 'hobnob-watches-'));
  dispose(() => rm(folder, { recursive: true, force: true }));
  await Promise.all(names.map((name) => writeFile(join(folder, name), '')));
  const told: Told[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, rawHeaders } = request;
    const body = Buffer.concat(chunks).toString();
    told.push({ line: `${method} ${url}`, headers: rawHeaders, body });
    response.writeHead(url === '/fails' ? 503 : 200).end('heard');
  });
  dispose(() => new Promise((resolve) => server.close(() => resolve())));
  await new Promise<void>((resolve) => server.listen(9_999, host, resolve));
  const url = `http://${host}:9999`;
  const append = (name: string) => `test -n "$CONSUL_INDEX" && cat >> ${join(folder, name)}`;
  const run = (name: string) => ({ args: ['/bin/sh', '-c', append(name)] });
  const http = (config: object) => ({ handler_type: 'http', http_handler_config: config });
  return {
    told,
    watches: [
      { type: 'key', key: 'w/a', ...run('key') },
      { type: 'keyprefix', prefix: 'w/', handler: append('prefix') },
      { type: 'service', service: 'web', tag: ['blue'], passingonly: true, ...run('service') },
      { type: 'checks', service: 'web', ...run('checks') },
      { type: 'event', name: 'deploy', ...run('event') },
      { type: 'agent_service', service_id: 'own', ...run('own') },
      { type: 'key', key: 'w/never', args: [join(folder, 'none')] },
      { type: 'key', key: 'w/a', handler: `${append('quiet')}; exit 3` },
      { type: 'key', key: 'w/a', ...http({ path: `${url}/ok`, header: { 'X-Env': ['a', 'b'] } }) },
      { type: 'key', key: 'w/a', ...http({ path: `${url}/fails`, method: 'PUT' }) },
      { type: 'key', key: 'w/a', ...http({ path: 'http://127.0.0.1:1/', timeout: '1s' }) },
    ],
    async runs(name) {
      const lines = (await readFile(join(folder, name), 'utf8')).split('\n');
      return lines.slice(0, -1).map((line) => JSON.parse(line, withoutOwn));
    },
  };
}

/** Ids, indexes and clocks differ between two agents, and with them the lengths of bodies. */
function withoutOwn(key: string, value: unknown): unknown {
  return /Index$|^LTime$|^ContentHash$/.test(key) || (key === 'ID' && /^[\da-f-]{36}$/.test(`${value}`))
    ? undefined
    : value;
}

async function put(host: string, path: string, body: unknown = ''): Promise<void> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`http://${host}:8500/v1${path}`, { method: 'PUT', body: text });
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

const instance = (status: string, tags: readonly string[]) => ({
  Node: 'n1',
  Address: '10.0.0.1',
  Service: { ID: 'web-1', Service: 'web', Tags: tags, Port: 80 },
  Check: { Node: 'n1', CheckID: 'c', Name: 'c', Status: status, ServiceID: 'web-1' },
});

/** Each change, and how many runs each handler has had behind it. */
const steps: readonly (readonly [path: string, body: unknown, runs: Readonly<Record<string, number>>])[] = [
  ['/kv/w/a', 'one', { key: 2, prefix: 2, quiet: 2 }],
  ['/kv/w/b', '<&>', { prefix: 3 }],
  ['/kv/w/a?flags=7', 'two', { key: 3, prefix: 4, quiet: 3 }],
  ['/catalog/register', instance('passing', ['blue']), { service: 2, checks: 2 }],
  ['/catalog/register', instance('critical', ['blue']), { service: 3, checks: 3 }],
  ['/catalog/register', instance('passing', ['green']), { checks: 4 }],
  ['/event/fire/other', 'x', {}],
  ['/event/fire/deploy', 'v1', { event: 2 }],
  ['/event/fire/deploy', 'v2', { event: 3 }],
  ['/agent/service/register', { ID: 'own', Name: 'own', Port: 1 }, { own: 1 }],
  ['/agent/service/register', { ID: 'own', Name: 'own', Port: 2, Tags: ['t'] }, { own: 2 }],
];

async function play(host: string, traces: Traces, log: () => string): Promise<void> {
  const until = (name: string, count: number): Promise<unknown> =>
    waitUntil(`${name} has run ${count} times`, async () => (await traces.runs(name)).length >= count, {
      timeoutMs: 40_000,
      explain: async () => log(),
    });
  for (const name of ['key', 'prefix', 'service', 'checks', 'event', 'quiet']) await until(name, 1);
  for (const [path, body, runs] of steps) {
    await put(host, path, body);
    for (const [name, count] of Object.entries(runs)) await until(name, count);
  }
  await waitUntil('all was told', async () => traces.told.length >= 6, { explain: async () => log() });
}

/** Lines about handlers, each kind once, without times and the names of this run. */
function handlerLines(log: string, host: string): readonly string[] {
  const found = log.match(/\[[A-Z]+\] +agent: .*watch.*$/gm) ?? [];
  const plain = found.map((line) =>
    line.replaceAll(host, 'HOST').replace(/\/tmp\/hobnob-watches-\w+/g, 'TMP'),
  );
  return [...new Set(plain.filter((line) => line.startsWith('[ERROR]')))].toSorted();
}

const seen = async (host: string, traces: Traces, log: string) => ({
  runs: Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await traces.runs(name)] as const)),
  ),
  told: traces.told
    .map(({ line, headers, body }) => ({
      line,
      headers: headers.map((each, at) =>
        /^(X-Consul-Index|Content-Length)$/.test(headers[at - 1] ?? '') ? 'N' : each.replace(host, 'HOST'),
      ),
      body: JSON.parse(body, withoutOwn),
    }))
    .toSorted((one, other) => (one.line < other.line ? -1 : 1)),
  errors: handlerLines(log, host),
});

describe.runIf(peersFolder !== undefined)('watches of the configuration', () => {
  test('run and tell as those of a real agent', async ({ onTestFinished }) => {
    const [theirHost, ourHost] = [addresses.next(), addresses.next()];
    const theirTraces = await openTraces(theirHost, onTestFinished);
    const ourTraces = await openTraces(ourHost, onTestFinished);
    const consul = await startConsul({
      name: 'n0',
      host: theirHost,
      config: { watches: theirTraces.watches },
    });
    onTestFinished(() => consul.dispose());
    const theirLog = (): string => consul.log().join('\n');
    const folder = await mkdtemp(join(tmpdir(), 'hobnob-config-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'watches.json');
    await writeFile(file, JSON.stringify({ watches: ourTraces.watches }));
    const ours = await HobnobProcess.start(ourHost, [
      '-dev',
      '-node=n0',
      '-log-level=debug',
      `-config-file=${file}`,
    ]);
    onTestFinished(() => ours[Symbol.asyncDispose]());
    await Promise.all([play(theirHost, theirTraces, theirLog), play(ourHost, ourTraces, () => ours.output)]);
    const theirs = await seen(theirHost, theirTraces, theirLog());
    expect(theirs.runs['key']).toHaveLength(3);
    expect(theirs.errors.length).toBeGreaterThan(2);
    expect(await seen(ourHost, ourTraces, ours.output)).toEqual(theirs);
  });
});
