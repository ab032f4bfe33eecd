import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestAgent, type TestAgent } from '../testing/test-agent.ts';

/** Snapshots over HTTP against an agent of ours. */

let agent: TestAgent;

beforeAll(async () => {
  agent = await createTestAgent();
});

afterAll(async () => agent.close());

test('an archive is restored from a stream and from bytes', async () => {
  const { kv, snapshot } = agent.client;
  await kv.put('a', 'x');
  const { index, archive } = await snapshot.save();
  expect(index).toBeGreaterThan(0n);
  const bytes = await buffer(archive);
  for (const form of [Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]), bytes]) {
    await kv.delete('a');
    await snapshot.restore(form);
    expect((await kv.get('a')).value?.Value).toHaveLength(1);
  }
});

test('what is broken or no archive changes nothing, and the call says why', async () => {
  const { kv, snapshot } = agent.client;
  await kv.put('b', 'x');
  await expect(snapshot.restore(Buffer.from('junk'))).rejects.toMatchObject({ code: 'CLIENT_STATUS' });
  await expect(snapshot.restore(createReadStream('/nowhere.tgz'))).rejects.toMatchObject({ code: 'ENOENT' });
  const broken = new Readable({
    read() {
      this.push(Buffer.alloc(10));
      this.destroy(new Error('the disk'));
    },
  });
  await expect(snapshot.restore(broken)).rejects.toThrow('the disk');
  expect((await kv.get('b')).value?.Value).toHaveLength(1);
});

test('what JavaScript passes in its place is refused', async () => {
  const { snapshot } = agent.client;
  for (const archive of ['text', undefined, null, {}]) {
    const restored = snapshot.restore(archive as unknown as Readable);
    await expect(restored).rejects.toMatchObject({ code: 'CLIENT_ARGUMENT' });
  }
  await expect(snapshot.restore(Readable.from([{}]))).rejects.toMatchObject({ code: 'CLIENT_ARGUMENT' });
});
