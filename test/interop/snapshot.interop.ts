import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HobnobProcess, runHobnob } from '../support/hobnob-process.ts';
import { startConsul } from './consul-agent.ts';
import { LoopbackAddresses } from './peers.ts';

/** The whole state in archives, from a real server to ours and back, with every table that both have. */

const addresses = new LoopbackAddresses(4, 34);

async function send(host: string, method: string, path: string, body?: object | Uint8Array): Promise<string> {
  const init = {
    method,
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
  };
  const response = await fetch(`http://${host}:8500/v1${path}`, init);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text;
}

/** Nodes without the check of a member: no leader takes them for lost members. */
async function fill(host: string): Promise<void> {
  const node = {
    Node: 'ext',
    Address: '10.0.0.1',
    NodeMeta: { rack: 'é' },
    TaggedAddresses: { lan: '10.0.0.2' },
  };
  const services = [
    {
      ID: 'w1',
      Service: 'web',
      Port: 80,
      Tags: ['a', 'b'],
      Meta: { v: '1' },
      Weights: { Passing: 3, Warning: 0 },
    },
    {
      ID: 'p1',
      Service: 'web-proxy',
      Port: 81,
      Kind: 'connect-proxy',
      Proxy: { DestinationServiceName: 'web' },
    },
  ];
  for (const Service of services) await send(host, 'PUT', '/catalog/register', { ...node, Service });
  const checks = [
    {
      Node: 'ext',
      CheckID: 'c1',
      Name: 'c',
      Status: 'passing',
      ServiceID: 'w1',
      Definition: { Interval: '10s' },
    },
    { Node: 'ext', CheckID: 'c2', Name: 'n', Status: 'warning', Output: '<&>' },
  ];
  await send(host, 'PUT', '/catalog/register', { ...node, Checks: checks });
  for (const key of ['a', 'a/b', 'a/c', 'gone', '%ff', 'ü']) {
    await send(host, 'PUT', `/kv/${key}?flags=18446744073709551615`, Uint8Array.of(0, 255, 10));
  }
  await send(host, 'PUT', '/kv/empty');
  await send(host, 'DELETE', '/kv/gone');
  const session = { Node: 'ext', NodeChecks: ['c2'], Name: 's', Behavior: 'delete', LockDelay: '1s' };
  const { ID } = JSON.parse(await send(host, 'PUT', '/session/create', session)) as { readonly ID: string };
  await send(host, 'PUT', `/kv/lock?acquire=${ID}`, Uint8Array.of(1));
}

/** What must be the same everywhere, indexes included. */
const reads = [
  '/kv/?recurse',
  '/kv/?keys',
  '/session/list',
  '/catalog/node/ext',
  '/health/service/web',
  '/health/connect/web',
  '/health/node/ext',
  '/catalog/service/web-proxy',
];

async function stateOf(host: string): Promise<readonly string[]> {
  return Promise.all(reads.map(async (path) => `${path} ${await send(host, 'GET', path)}`));
}

describe('an archive', () => {
  test('takes a state from a real server to ours, onto disk, and to another real one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hobnob-archive-'));
    const [first, own, last] = [addresses.next(), addresses.next(), addresses.next()];
    const file = join(folder, 'state.snap');
    try {
      const real = await startConsul({ name: 'real1', host: first });
      await fill(first);
      const expected = await stateOf(first);
      const ours = await HobnobProcess.start(own, [
        '-server',
        '-bootstrap',
        '-node=ours',
        `-data-dir=${folder}/data`,
      ]);
      const at = (host: string) => `-http-addr=${host}:8500`;
      expect(await runHobnob(['snapshot', 'save', at(first), file])).toMatchObject({ code: 0 });
      await real.dispose();
      expect(await runHobnob(['snapshot', 'restore', at(own), file])).toMatchObject({ code: 0 });
      expect(await stateOf(own)).toEqual(expected);

      await ours.stop('SIGKILL');
      await using again = await HobnobProcess.start(own, [
        '-server',
        '-bootstrap',
        '-node=ours',
        `-data-dir=${folder}/data`,
      ]);
      expect(await stateOf(own)).toEqual(expected);

      const other = await startConsul({ name: 'real2', host: last });
      try {
        const archive = await fetch(`http://${own}:8500/v1/snapshot`);
        await send(last, 'PUT', '/snapshot', new Uint8Array(await archive.arrayBuffer()));
        expect(await stateOf(last)).toEqual(expected);
      } finally {
        await other.dispose();
      }
      expect(again.output).not.toMatch(/\[ERROR\]/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('that is broken anywhere changes nothing', async () => {
    const host = addresses.next();
    await using _ours = await HobnobProcess.start(host, ['-dev', '-node=ours']);
    await fill(host);
    const expected = await stateOf(host);
    const archive = new Uint8Array(await (await fetch(`http://${host}:8500/v1/snapshot`)).arrayBuffer());
    const refused = async (body: Uint8Array): Promise<void> => {
      const response = await fetch(`http://${host}:8500/v1/snapshot`, { method: 'PUT', body });
      expect(response.status).toBe(500);
      expect(await response.text()).toMatch(/^failed to (read|decompress) snapshot/);
    };
    const parts = 40;
    for (let part = 0; part < parts; part += 1) {
      const at = Math.floor((archive.length * part) / parts);
      await refused(archive.subarray(0, at));
      // The head of gzip has a time and flags that nobody looks at.
      if (at < 16) continue;
      const flipped = archive.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 0xff;
      await refused(flipped);
    }
    expect(await stateOf(host)).toEqual(expected);
  });
});
