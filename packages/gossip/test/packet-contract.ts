import { expect, test } from 'vitest';
import type { PacketTransport } from '../src/ports.ts';
import { formatAddress } from '../src/wire/address.ts';
import { Mailbox } from './mailbox.ts';
import type { TransportWorld } from './transport-world.ts';

/** What every datagram transport must do. */
export function describePackets({ open, until }: Pick<TransportWorld, 'open' | 'until'>): void {
  test('a datagram arrives unchanged and names the address of its sender', async () => {
    const [a, b] = [await open(1), await open(2)];
    const inbox = new PacketInbox(b.packets);
    a.packets.send(bytesOf('hello'), b.packets.localAddress);
    const received = await until(inbox.next());
    expect(received).toEqual({ text: 'hello', from: formatAddress(a.packets.localAddress) });
  });

  test('an answer to that address finds its way back', async () => {
    const [a, b] = [await open(1), await open(2)];
    b.packets.onPacket((packet, from) => b.packets.send(packet, from));
    const inbox = new PacketInbox(a.packets);
    a.packets.send(bytesOf('echo'), b.packets.localAddress);
    expect(await until(inbox.next())).toEqual({ text: 'echo', from: formatAddress(b.packets.localAddress) });
  });

  test('a hundred datagrams sent in one go all arrive, in order', async () => {
    const [a, b] = [await open(1), await open(2)];
    const inbox = new PacketInbox(b.packets);
    const sent = Array.from({ length: 100 }, (_, i) => `datagram ${i}`);
    for (const text of sent) a.packets.send(bytesOf(text), b.packets.localAddress);
    const received: string[] = [];
    for (const _ of sent) received.push((await until(inbox.next())).text);
    expect(received).toEqual(sent);
  });

  test('a datagram beyond the size of UDP is refused with EMSGSIZE, and the next one goes through', async () => {
    const [a, b] = [await open(1), await open(2)];
    const inbox = new PacketInbox(b.packets);
    const refused = new Promise<Error>((resolve) => {
      a.packets.send(new Uint8Array(70_000), b.packets.localAddress, resolve);
    });
    expect(await until(refused)).toMatchObject({ code: 'EMSGSIZE' });
    a.packets.send(bytesOf('small'), b.packets.localAddress);
    expect((await until(inbox.next())).text).toBe('small');
  });

  test('a second listener replaces the first', async () => {
    const [a, b] = [await open(1), await open(2)];
    const first = new PacketInbox(b.packets);
    const second = new PacketInbox(b.packets);
    a.packets.send(bytesOf('once'), b.packets.localAddress);
    await until(second.next());
    expect(first.count).toBe(0);
  });

  test('a closed transport receives nothing, sends nothing and reports nothing', async () => {
    const [a, b, witness] = [await open(1), await open(2), await open(3)];
    const closed = new PacketInbox(b.packets);
    const inbox = new PacketInbox(witness.packets);
    const errors: Error[] = [];
    a.packets.send(bytesOf('in flight'), b.packets.localAddress);
    b.packets.send(new Uint8Array(70_000), a.packets.localAddress, (error) => errors.push(error));
    await b.packets.close();
    b.packets.send(bytesOf('from the grave'), witness.packets.localAddress, (error) => errors.push(error));
    a.packets.send(bytesOf('to the grave'), b.packets.localAddress);
    // What comes later on the same road proves that the others would have come by now.
    a.packets.send(bytesOf('fence'), witness.packets.localAddress);
    expect((await until(inbox.next())).text).toBe('fence');
    expect({ received: closed.count, errors }).toEqual({ received: 0, errors: [] });
  });

  test('closing twice, or twice at once, is harmless and frees the port', async () => {
    const a = await open(1);
    const { port } = a.packets.localAddress;
    await Promise.all([a.packets.close(), a.packets.close(), a.streams.close(), a.streams.close()]);
    await Promise.all([a.packets.close(), a.streams.close()]);
    const again = await open(1, { port });
    expect([again.packets.localAddress.port, again.streams.localAddress.port]).toEqual([port, port]);
  });
}

interface ReceivedPacket {
  readonly text: string;
  readonly from: string;
}

class PacketInbox {
  count = 0;
  readonly #queue = new Mailbox<ReceivedPacket>();

  constructor(packets: PacketTransport) {
    packets.onPacket((packet, from) => {
      this.count += 1;
      this.#queue.put({ text: Buffer.from(packet).toString(), from: formatAddress(from) });
    });
  }

  next(): Promise<ReceivedPacket> {
    return this.#queue.next();
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
