import { describe, expect, test } from 'vitest';
import { DurableServer } from '../durability/durable-server.ts';
import { canBuildShim, type DiskFaults, DiskShim } from '../durability/shim.ts';
import { canMount, SmallDisk } from '../durability/small-disk.ts';
import { LoopbackAddresses } from '../interop/peers.ts';
import { waitUntil } from '../interop/wait-until.ts';
import { skipOrFail } from '../support/go-program.ts';
import { HttpCaller } from '../support/http-caller.ts';

/** A server whose disk is slow or fails, through a shim before the C library. */

const addresses = new LoopbackAddresses(2, 30);
const canFail = canBuildShim();
if (!canFail) skipOrFail('gcc is not installed: disks that fail are not tested.');

/** A server on a disk that the test makes fail. */
class FaultyServer implements AsyncDisposable {
  readonly server: DurableServer;
  readonly disk: DiskShim;
  readonly #caller: HttpCaller;

  private constructor(server: DurableServer, disk: DiskShim) {
    this.server = server;
    this.disk = disk;
    this.#caller = new HttpCaller(server.host, server.port, { connections: 64 });
  }

  static async start(): Promise<FaultyServer> {
    const server = await DurableServer.create('hobnob', addresses.next());
    const disk = await DiskShim.create(server.dataFolder);
    await server.start({ env: disk.env });
    return new FaultyServer(server, disk);
  }

  /** The status of a write; 0 when the connection was closed without an answer. */
  async put(key: string): Promise<number> {
    try {
      return (await this.#caller.send({ method: 'PUT', path: `/v1/kv/${key}`, body: 'x' })).status;
    } catch (error) {
      if (error instanceof Error && 'code' in error) return 0;
      throw error;
    }
  }

  async has(key: string): Promise<boolean> {
    return (await this.#caller.send({ method: 'GET', path: `/v1/kv/${key}?stale` })).status === 200;
  }

  /** Kills it and starts it on a disk that works. */
  async restart(): Promise<void> {
    await this.server.end('SIGKILL');
    await this.server.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#caller.close();
    await this.server[Symbol.asyncDispose]();
    await this.disk[Symbol.asyncDispose]();
  }
}

const faults: readonly (readonly [string, DiskFaults, DiskFaults])[] = [
  ['EIO from a sync, once', { syncError: 'EIO', syncFailures: 1 }, { syncError: undefined }],
  ['EIO from every sync', { syncError: 'EIO' }, { syncError: undefined }],
  [
    'EIO from the second sync, once',
    { syncError: 'EIO', syncPasses: 1, syncFailures: 1 },
    { syncError: undefined },
  ],
  ['ENOSPC from a sync, once', { syncError: 'ENOSPC', syncFailures: 1 }, { syncError: undefined }],
  ['ENOSPC from a write, once', { writeError: 'ENOSPC', writeFailures: 1 }, { writeError: undefined }],
  ['ENOSPC from every write', { writeError: 'ENOSPC' }, { writeError: undefined }],
  [
    'EIO from the second write, once',
    { writeError: 'EIO', writePasses: 1, writeFailures: 1 },
    { writeError: undefined },
  ],
];

describe.skipIf(!canFail)('a server whose disk fails', { timeout: 120_000, retry: 0 }, () => {
  test.each(faults)('stops acknowledging and says so: %s', async (_name, fault, healed) => {
    await using faulty = await FaultyServer.start();
    const { disk, server } = faulty;
    expect(await faulty.put('before')).toBe(200);

    disk.set(fault);
    const during = await Promise.all(Array.from({ length: 40 }, (_, at) => faulty.put(`during/${at}`)));
    const failed = await waitUntil('a write is refused', async () => {
      const { syncsFailed, writesFailed } = disk.counts;
      return syncsFailed + writesFailed > 0 && (await faulty.put('during/more')) !== 200;
    });
    expect(failed).toBe(true);

    // The kernel has dropped what it could not write: a sync that succeeds now says nothing of it.
    disk.set(healed);
    const { syncs } = disk.counts;
    for (let at = 0; at < 5; at += 1) expect(await faulty.put(`later/${at}`)).not.toBe(200);
    expect(disk.counts.syncs).toBe(syncs);
    expect(
      server.lines.filter((line) => /\[ERROR\].*(Input\/output error|No space left on device)/i.test(line)),
    ).toHaveLength(1);

    await faulty.restart();
    expect(await faulty.has('before')).toBe(true);
    const kept = await Promise.all(during.map((_, at) => faulty.has(`during/${at}`)));
    for (const [at, status] of during.entries()) if (status === 200) expect(kept[at]).toBe(true);
    expect(await faulty.put('after')).toBe(200);
  });
});

describe.skipIf(!canFail)('a server whose disk is slow', { timeout: 120_000, retry: 0 }, () => {
  test('acknowledges no write before its sync, and answers reads meanwhile', async () => {
    await using faulty = await FaultyServer.start();
    const { disk } = faulty;
    expect(await faulty.put('first')).toBe(200);
    disk.set({ syncDelayMs: 1_500 });
    const startedMs = performance.now();
    let isAnswered = false;
    const writing = faulty.put('slow').then((status) => {
      isAnswered = true;
      return status;
    });
    await waitUntil('the disk syncs', () => disk.isSyncing, { everyMs: 5 });
    expect(await faulty.has('first')).toBe(true);
    expect(disk.isSyncing && !isAnswered).toBe(true);
    expect(await writing).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThan(1_490);
  });

  test('puts writes of many clients under one sync', async () => {
    await using faulty = await FaultyServer.start();
    const { disk } = faulty;
    disk.set({ syncDelayMs: 10 });
    const before = disk.counts.syncs;
    const clients = 32;
    const each = 20;
    const write = async (client: number) => {
      for (let at = 0; at < each; at += 1) expect(await faulty.put(`many/${client}/${at}`)).toBe(200);
    };
    await Promise.all(Array.from({ length: clients }, (_, client) => write(client)));
    const syncs = disk.counts.syncs - before;
    process.stdout.write(`${clients * each} writes of ${clients} clients: ${syncs} syncs of 10 ms more\n`);
    expect(syncs).toBeGreaterThan(0);
    expect((clients * each) / syncs).toBeGreaterThan(4);
  });
});

const canFill = canMount();
if (!canFill) skipOrFail('a file system cannot be mounted here: full disks are not tested.');

describe.skipIf(!canFill)('a server whose disk is full', { timeout: 120_000, retry: 0 }, () => {
  test('refuses what it cannot keep, and has all that it acknowledged', async () => {
    await using server = await DurableServer.create('hobnob', addresses.next());
    await using disk = await SmallDisk.mount(server.dataFolder, 24);
    const { within } = disk;
    await server.start({ within });
    const caller = new HttpCaller(server.host, server.port);
    const send = async (method: string, key: number, body?: string) =>
      (await caller.send({ method, path: `/v1/kv/full/${key}`, body })).status;
    const value = 'v'.repeat(200_000);
    const acknowledged: number[] = [];
    const refused = await waitUntil(
      'the disk is full',
      async () => {
        for (let at = 0; at < 50; at += 1) {
          const key = acknowledged.length;
          if ((await send('PUT', key, value)) !== 200) return key;
          acknowledged.push(key);
        }
        return undefined;
      },
      { timeoutMs: 60_000, everyMs: 0 },
    );
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(await send('PUT', refused + 1, 'small')).not.toBe(200);
    // LMDB calls a write that was cut short an error of the disk: the free bytes say what is wrong.
    expect(
      server.lines.filter((line) =>
        /\[ERROR\].*no space is left on the device: \d+ bytes are free/.test(line),
      ),
    ).toHaveLength(1);
    await server.end('SIGKILL');
    // A start writes too.
    disk.resize(64);
    await server.start({ within });
    for (const key of acknowledged) expect(await send('GET', key)).toBe(200);
    caller.close();
  });
});
