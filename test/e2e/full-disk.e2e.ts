import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DurableServer } from '../durability/durable-server.ts';
import { canBuildShim, DiskShim } from '../durability/shim.ts';
import { LoopbackAddresses } from '../interop/peers.ts';
import { waitUntil } from '../interop/wait-until.ts';
import { skipOrFail } from '../support/go-program.ts';
import { HttpCaller } from '../support/http-caller.ts';

/** A server whose disk has no room for a start, or for a snapshot, through a shim before the C library. */

const addresses = new LoopbackAddresses(2, 83);
const canFail = canBuildShim();
if (!canFail) skipOrFail('gcc is not installed: disks that fail are not tested.');

/** A server that has lived once, so that its folders are there. */
async function startOnce(): Promise<DurableServer> {
  const server = await DurableServer.create('hobnob', addresses.next());
  await server.start();
  expect(await put(server, 'first')).toBe(200);
  await server.end('SIGKILL');
  return server;
}

async function send(server: DurableServer, method: string, key: string): Promise<number> {
  const caller = new HttpCaller(server.host, server.port, { connections: 1 });
  try {
    return (await caller.send({ method, path: `/v1/kv/${key}`, body: method === 'PUT' ? 'x' : undefined }))
      .status;
  } finally {
    caller.close();
  }
}

const put = (server: DurableServer, key: string) => send(server, 'PUT', key);

describe.skipIf(!canFail)('a server without room on its disk', { timeout: 120_000, retry: 0 }, () => {
  test('does not start, says why, and starts with everything when there is room', async () => {
    await using server = await startOnce();
    await using disk = await DiskShim.create(join(server.dataFolder, 'hobnob'));
    // The start fails at its first write, at a later one and so on, until it needs no more of them.
    for (let writePasses = 0; ; writePasses = 2 * writePasses + 1) {
      disk.set({ writeError: 'ENOSPC', writePasses });
      const problem = await server.start({ env: disk.env }).then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (problem === undefined) {
        expect(writePasses).toBeGreaterThan(2);
        break;
      }
      expect(problem).toContain(`cannot use data_dir "${server.dataFolder}": the log cannot be used: `);
      expect(problem).toMatch(/No space left on device/);
      expect(server.isRunning).toBe(false);
      await server.end();
    }
    disk.set({ writeError: undefined });
    await server.end('SIGKILL');
    await server.start();
    expect(await send(server, 'GET', 'first')).toBe(200);
    expect(await put(server, 'second')).toBe(200);
  });

  test('serves on when a snapshot has none, leaves nothing of it, and takes it later', async () => {
    await using server = await startOnce();
    const folder = join(server.dataFolder, 'hobnob', 'snapshots');
    await using disk = await DiskShim.create(folder);
    disk.set({ writeError: 'ENOSPC' });
    await server.start({ env: disk.env });
    const writeUntil = (line: RegExp) =>
      waitUntil(`the log says ${line}`, async () => {
        for (let at = 0; at < 50; at += 1) expect(await put(server, `key/${at}`)).toBe(200);
        return server.lines.some((each) => line.test(each));
      });
    await writeUntil(/\[ERROR\].*failed to take snapshot: .*ENOSPC: no space left on device/);
    // Another one may be under way.
    await waitUntil('nothing of it is left', async () => (await readdir(folder)).length === 0);
    disk.set({ writeError: undefined });
    await writeUntil(/snapshot complete up to/);
    expect((await readdir(folder)).filter((name) => name.endsWith('.snapshot')).length).toBeGreaterThan(0);
  });
});
