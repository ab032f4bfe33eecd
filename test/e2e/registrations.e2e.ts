import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LoopbackAddresses } from '../interop/peers.ts';
import { waitUntil } from '../interop/wait-until.ts';
import { HobnobProcess } from '../support/hobnob-process.ts';

/** Its own in each run, so that several may go on. */
const host = new LoopbackAddresses(5, 31).next();
const clientsCount = 8;
/** Enough for every kind of operation to be under way when the agent is killed. */
const acknowledgedMin = 60;
const rounds = 3;

/** What one client asked for last: the state that was acknowledged, and the one that is under way. */
interface Asked {
  acknowledged: string;
  underWay: string | undefined;
}

/** Resolves with whether the agent acknowledged; a connection that breaks is no acknowledgement. */
function put(agent: Agent, path: string, body?: object): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ host, port: 8500, path: `/v1/agent/${path}`, method: 'PUT', agent }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode === 200)).on('error', () => resolve(false));
    });
    call.on('error', () => resolve(false));
    call.end(body === undefined ? '' : JSON.stringify(body));
  });
}

async function get<T>(path: string): Promise<T> {
  return (await fetch(`http://${host}:8500/v1/agent/${path}`)).json() as Promise<T>;
}

test('kill -9 loses nothing that was acknowledged, and brings nothing back', async ({ onTestFinished }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hobnob-kill-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const start = async (): Promise<HobnobProcess> => {
    const started = await HobnobProcess.start(host, ['-server', '-bootstrap', `-data-dir=${dataDir}`]);
    onTestFinished(() => started[Symbol.asyncDispose]());
    return started;
  };
  const asked = Array.from(
    { length: clientsCount },
    (): Asked => ({ acknowledged: 'absent', underWay: undefined }),
  );
  let agent = await start();
  for (let round = 0; round < rounds; round += 1) {
    let acknowledgedCount = 0;
    const connections = new Agent({ keepAlive: true });
    const clients = asked.map(async (one, n) => {
      for (let step = 0; ; step += 1) {
        const id = `s${n}`;
        // A service with a TTL check in some state; its port tells registrations apart.
        const port = 1 + round * 10_000 + step;
        const isRemoval = step % 5 === 4;
        one.underWay = isRemoval ? 'absent' : `${port}`;
        const done = isRemoval
          ? await put(connections, `service/deregister/${id}`)
          : await put(connections, 'service/register', {
              ID: id,
              Name: 'web',
              Port: port,
              Check: { TTL: '1h' },
            });
        if (!done) return;
        one.acknowledged = one.underWay;
        one.underWay = undefined;
        acknowledgedCount += 1;
      }
    });
    await waitUntil('enough is acknowledged', () => acknowledgedCount >= acknowledgedMin, {
      timeoutMs: 60_000,
    });
    await agent.stop('SIGKILL');
    await Promise.all(clients);
    connections.destroy();
    agent = await start();
    const services = await get<Record<string, { readonly Port: number }>>('services');
    const checks = await get<Record<string, object>>('checks');
    for (const [n, one] of asked.entries()) {
      const found = services[`s${n}`];
      const state = found === undefined ? 'absent' : `${found.Port}`;
      expect([one.acknowledged, one.underWay]).toContain(state);
      if (found !== undefined) expect(Object.keys(checks)).toContain(`service:s${n}`);
      one.acknowledged = state;
      one.underWay = undefined;
    }
  }
});

test('kill -9 loses no state of a TTL check that was acknowledged', async ({ onTestFinished }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hobnob-kill-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const start = async (): Promise<HobnobProcess> => {
    const started = await HobnobProcess.start(host, ['-server', '-bootstrap', `-data-dir=${dataDir}`]);
    onTestFinished(() => started[Symbol.asyncDispose]());
    return started;
  };
  const connections = new Agent({ keepAlive: true });
  onTestFinished(() => connections.destroy());
  const agent = await start();
  expect(await put(connections, 'check/register', { Name: 'c', TTL: '1h' })).toBe(true);
  for (let n = 0; n < 20; n += 1) {
    const body = { Status: n % 2 === 0 ? 'warning' : 'passing', Output: `beat ${n}` };
    expect(await put(connections, 'check/update/c', body)).toBe(true);
  }
  await agent.stop('SIGKILL');
  await start();
  const { c } = await get<Record<string, { readonly Status: string; readonly Output: string }>>('checks');
  expect(c).toMatchObject({ Status: 'passing', Output: 'beat 19' });
});
