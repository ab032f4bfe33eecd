import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { Readable } from 'node:stream';
import { inspectArchive } from '@hobnob/catalog/io';
import { expect, test } from 'vitest';
import { createTestAgent, type TestAgent } from '../testing/test-agent.ts';

/** The archive of the state over real connections, some of which break off in the middle. */

const keysCount = 20;

/** An agent with some megabytes that gzip does not make smaller. */
async function startFilled(): Promise<TestAgent> {
  const consul = await createTestAgent();
  for (let at = 0; at < keysCount; at += 1) await put(consul, `filled/${at}`, randomBytes(100_000));
  return consul;
}

async function put({ httpAddress }: TestAgent, key: string, body: Uint8Array | string): Promise<number> {
  return (await fetch(`${httpAddress}/v1/kv/${key}`, { method: 'PUT', body })).status;
}

async function keysOf({ httpAddress }: TestAgent): Promise<readonly string[]> {
  return (await (await fetch(`${httpAddress}/v1/kv/?keys`)).json()) as readonly string[];
}

async function indexOf({ httpAddress }: TestAgent): Promise<string | null> {
  return (await fetch(`${httpAddress}/v1/kv/?keys`)).headers.get('x-consul-index');
}

async function archiveOf({ httpAddress }: TestAgent): Promise<Buffer> {
  const response = await fetch(`${httpAddress}/v1/snapshot`);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

async function restore({ httpAddress }: TestAgent, body: Uint8Array): Promise<number> {
  return (await fetch(`${httpAddress}/v1/snapshot`, { method: 'PUT', body })).status;
}

/** Closes the connection of a request without warning. */
async function breakOff(half: ClientRequest): Promise<void> {
  half.on('error', (error) => expect(error).toMatchObject({ code: 'ECONNRESET' }));
  half.destroy();
  if (!half.closed) await new Promise((resolve) => half.once('close', resolve));
}

test('clients that vanish while they read an archive disturb nobody', { timeout: 60_000 }, async () => {
  await using consul = await startFilled();
  const index = await indexOf(consul);
  for (let round = 0; round < 4; round += 1) {
    const get = request(`${consul.httpAddress}/v1/snapshot`);
    get.end();
    // Two go before there is an answer, and two with a part of it.
    if (round % 2 === 0) await once(get, 'socket');
    else await once((await once(get, 'response'))[0] as Readable, 'readable');
    await breakOff(get);
  }
  const archive = await archiveOf(consul);
  expect(archive.length).toBeGreaterThan(keysCount * 100_000);
  expect((await inspectArchive(Readable.from([archive]))).Index).toBeGreaterThan(keysCount);
  expect(await indexOf(consul)).toBe(index);
});

test('an archive that breaks off changes nothing, and a whole one is taken afterwards', {
  timeout: 60_000,
}, async () => {
  await using consul = await startFilled();
  const archive = await archiveOf(consul);
  await put(consul, 'later', 'x');
  const index = await indexOf(consul);
  for (const part of [0.01, 0.5, 0.99]) {
    const headers = { 'content-length': archive.length };
    const half = request(`${consul.httpAddress}/v1/snapshot`, { method: 'PUT', headers });
    const begin = archive.subarray(0, Math.floor(archive.length * part));
    await new Promise((resolve) => half.write(begin, resolve));
    await breakOff(half);
  }
  expect(await indexOf(consul)).toBe(index);
  expect(await keysOf(consul)).toContain('later');
  expect(await restore(consul, archive)).toBe(200);
  expect(await keysOf(consul)).not.toContain('later');
  expect(await keysOf(consul)).toHaveLength(keysCount);
});

test('writes go on while an archive is restored, and those that come after it stay', {
  timeout: 60_000,
}, async () => {
  await using consul = await startFilled();
  const archive = await archiveOf(consul);
  let isRestored = false;
  let isOver = false;
  const after: string[] = [];
  const write = async (writer: number): Promise<void> => {
    for (let at = 0; !isOver; at += 1) {
      const key = `written/${writer}/${at}`;
      const isAfter = isRestored;
      expect(await put(consul, key, 'x')).toBe(200);
      if (isAfter) after.push(key);
    }
  };
  const writing = Promise.all([1, 2, 3, 4].map((writer) => write(writer)));
  expect(await restore(consul, archive)).toBe(200);
  isRestored = true;
  const later = Array.from({ length: 10 }, async (_, at) => {
    after.push(`later/${at}`);
    expect(await put(consul, `later/${at}`, 'x')).toBe(200);
  });
  await Promise.all(later);
  isOver = true;
  await writing;
  const keys = new Set(await keysOf(consul));
  expect(after.length).toBeGreaterThanOrEqual(10);
  expect(after.filter((key) => !keys.has(key))).toEqual([]);
  const filled = [...keys].filter((key) => key.startsWith('filled/'));
  expect(filled).toHaveLength(keysCount);
});
