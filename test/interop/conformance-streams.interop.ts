import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTarget, targetNames } from './conformance-targets.ts';
import { type Peer, statusSeenBy } from './peer.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { compressed, decrypted, encryptedFrame, openLayers } from './wire-kit/layers.ts';
import { claim, fieldsOf, message, metaOf, pushPull, readPushPull, Type } from './wire-kit/messages.ts';
import { RawPeer } from './wire-kit/raw-peer.ts';

const addresses = new LoopbackAddresses(3);
const key = Buffer.from('0123456789abcdef');
const nothing = Buffer.alloc(0);
const suite = describe.runIf(peersFolder !== undefined);

const ping = (seq: number, node = 'target') => message(Type.ping, { Node: node, SeqNo: seq });

/** The single message of a reply, whatever is around it. */
function opened(reply: Buffer, ringKey?: Uint8Array): Buffer {
  const [first] = openLayers(reply, ringKey);
  if (first === undefined) throw new Error('an empty reply');
  return first;
}

suite.each(targetNames)('streams to %s', (name) => {
  const peers = new Peers(addresses, afterAll);
  let target: Peer;
  let raw: RawPeer;

  beforeAll(async () => {
    target = await startTarget(peers, name, { tags: { role: 'web' } });
    raw = await RawPeer.open(addresses.next(), afterAll);
    raw.answersPings = true;
  });

  test('a ping is answered with an ack that has no payload', async () => {
    const reply = opened(await raw.exchange(ping(5), target.address));
    expect(fieldsOf(reply, Type.ack)).toEqual({ Payload: null, SeqNo: 5 });
  });

  test('a ping without a name is answered, one with a wrong name is not', async () => {
    expect(fieldsOf(opened(await raw.exchange(ping(6, ''), target.address)), Type.ack)['SeqNo']).toBe(6);
    expect(await raw.exchange(ping(7, 'other'), target.address)).toEqual(nothing);
  });

  test('a type that is no stream request closes without a reply', async () => {
    expect(await raw.exchange(claim(Type.suspect, 'target', 1, 'raw'), target.address)).toEqual(nothing);
    expect(await raw.exchange(Buffer.of(99), target.address)).toEqual(nothing);
  });

  test('a second request on the same connection is ignored', async () => {
    const both = Buffer.concat([ping(8), ping(9)]);
    expect(fieldsOf(opened(await raw.exchange(both, target.address)), Type.ack)['SeqNo']).toBe(8);
  });

  test('an unknown compression is answered with an error message', async () => {
    const reply = opened(await raw.exchange(compressed(ping(10), { algo: 1 }), target.address));
    expect(String(fieldsOf(reply, Type.error)['Error'])).not.toBe('');
  });

  test('an encrypted stream to a node without keys is answered with an error message', async () => {
    const reply = opened(await raw.exchange(encryptedFrame(ping(11), key), target.address));
    expect(String(fieldsOf(reply, Type.error)['Error'])).not.toBe('');
  });

  test.each([true, false])('a push/pull with join %s echoes the flag and lists the target', async (join) => {
    const request = pushPull([{ name: 'raw', host: raw.host, tags: { role: 'scripted' } }], { join });
    const { header, nodes, userState } = readPushPull(opened(await raw.exchange(request, target.address)));
    expect(header['Join']).toBe(join);
    const itself = nodes.find((node) => String(node['Name']) === 'target');
    expect(itself).toMatchObject({ State: 0, Port: 7946, Vsn: Buffer.from('010502020505', 'hex') });
    expect(itself?.['Meta']).toEqual(metaOf({ role: 'web' }));
    expect(userState[0]).toBe(2);
    await peers.waitForStatus(target, 'raw', 'alive');
    expect((await target.members()).find((member) => member.name === 'raw')?.tags).toEqual({
      role: 'scripted',
    });
  });

  test('a compressed push/pull with 30 kB of state that does not compress is understood', async () => {
    const noise = (index: number) => randomBytes(300).toString('base64').slice(0, 400) + index;
    const strangers = Array.from({ length: 80 }, (_, index) => ({
      name: `stranger-${index}`,
      host: `127.26.3.${150 + (index % 100)}`,
      port: 8000 + index,
      tags: { noise: noise(index) },
      // Entries other than alive about unknown nodes have no effect.
      state: 3 as const,
    }));
    const request = pushPull([{ name: 'raw', host: raw.host, tags: { role: 'scripted' } }, ...strangers]);
    expect(request.length).toBeGreaterThan(30_000);
    const { nodes } = readPushPull(opened(await raw.exchange(compressed(request), target.address)));
    expect(nodes.length).toBeGreaterThanOrEqual(1);
    expect(await statusSeenBy(target, 'stranger-1')).toBeUndefined();
    expect(await statusSeenBy(target, 'raw')).toBe('alive');
  });
});

suite.each(targetNames)('encrypted streams to %s', (name) => {
  const peers = new Peers(addresses, afterAll);
  let target: Peer;
  let raw: RawPeer;

  beforeAll(async () => {
    target = await startTarget(peers, name, { encrypt: key.toString('base64') });
    raw = await RawPeer.open(addresses.next(), afterAll, { key });
  });

  test('an encrypted ping is answered, encrypted with the stream frame as additional data', async () => {
    const reply = await raw.exchange(encryptedFrame(ping(21), key), target.address);
    expect(reply[0]).toBe(10);
    expect(reply.readUInt32BE(1)).toBe(reply.length - 5);
    const plain = decrypted(reply.subarray(5), key, reply.subarray(0, 5));
    expect(fieldsOf(opened(plain), Type.ack)['SeqNo']).toBe(21);
  });

  test('a plaintext ping is answered with an error message that the key opens', async () => {
    const reply = await raw.exchange(ping(22), target.address);
    expect(fieldsOf(opened(reply, key), Type.error)['Error']).not.toBe('');
  });

  test('a frame that no key opens is answered with an error message', async () => {
    const reply = await raw.exchange(
      encryptedFrame(ping(23), Buffer.from('fedcba9876543210')),
      target.address,
    );
    expect(fieldsOf(opened(reply, key), Type.error)['Error']).not.toBe('');
  });

  test('a frame whose length is one too small brings no ack', async () => {
    const reply = await raw.exchange(encryptedFrame(ping(24), key, { lengthError: -1 }), target.address);
    expect(opened(reply, key)[0]).toBe(Type.error);
  });
});
