import { expect, test } from 'vitest';
import { Mailbox } from './mailbox.ts';
import { Arrivals, acceptOne, StreamLog, silent } from './stream-log.ts';
import type { TransportPair, TransportWorld } from './transport-world.ts';

/** What every stream transport must do. */
export function describeStreams({
  open,
  until,
  vacantAddress,
}: Pick<TransportWorld, 'open' | 'until' | 'vacantAddress'>): void {
  test('bytes written before the connection is up arrive, and the streams end in order', async () => {
    const [a, b] = [await open(1), await open(2)];
    const accepted = acceptOne(b.streams);
    const dialled = new StreamLog();
    const connection = a.streams.dial(b.streams.localAddress, 5_000, dialled.handler);
    connection.write(bytesOf('question'));
    connection.end();
    const server = await until(accepted);
    await until(server.log.ended);
    expect(server.log.text()).toBe('question');
    expect(server.connection.remoteAddress.host).toBe(a.streams.localAddress.host);
    server.connection.write(bytesOf('answer'));
    server.connection.end();
    expect(await until(dialled.closed)).toBeUndefined();
    expect(await until(server.log.closed)).toBeUndefined();
    expect(dialled.text()).toBe('answer');
    expect(dialled.events).toEqual(['open', 'data', 'end', 'close']);
    expect(server.log.events).toEqual(['data', 'end', 'close']);
  });

  test('after the end of one side the other may still write', async () => {
    const [a, b] = [await open(1), await open(2)];
    const accepted = acceptOne(b.streams);
    const dialled = new StreamLog();
    const connection = a.streams.dial(b.streams.localAddress, 5_000, dialled.handler);
    const server = await until(accepted);
    server.connection.end();
    await until(dialled.ended);
    connection.write(bytesOf('still here'));
    connection.end();
    await until(server.log.closed);
    expect(server.log.text()).toBe('still here');
  });

  test('five megabytes each way arrive whole and in order', async () => {
    const [a, b] = [await open(1), await open(2)];
    const big = patternOf(5_000_000);
    const accepted = acceptOne(b.streams);
    const dialled = new StreamLog();
    const connection = a.streams.dial(b.streams.localAddress, 60_000, dialled.handler);
    connection.write(big);
    connection.end();
    const server = await until(accepted);
    server.connection.write(big);
    server.connection.end();
    await until(dialled.closed);
    await until(server.log.closed);
    expect(Buffer.compare(dialled.bytes(), big)).toBe(0);
    expect(Buffer.compare(server.log.bytes(), big)).toBe(0);
  });

  test('dialling an address without a listener calls onClose with ECONNREFUSED, and nothing else', async () => {
    const a = await open(1);
    const dialled = new StreamLog();
    const connection = a.streams.dial(await vacantAddress(), 5_000, dialled.handler);
    connection.write(bytesOf('hello?'));
    expect(await until(dialled.closed)).toMatchObject({ code: 'ECONNREFUSED' });
    expect(dialled.events).toEqual(['close']);
  });

  test('a connection that no listener accepts is reset', async () => {
    const [a, b] = [await open(1), await open(2)];
    const dialled = new StreamLog();
    a.streams.dial(b.streams.localAddress, 5_000, dialled.handler);
    expect(await until(dialled.closed)).toBeInstanceOf(Error);
  });

  test('destroy calls onClose once without an error, and that of the peer with one', async () => {
    const [a, b] = [await open(1), await open(2)];
    const accepted = acceptOne(b.streams);
    const dialled = new StreamLog();
    const connection = a.streams.dial(b.streams.localAddress, 5_000, dialled.handler);
    const server = await until(accepted);
    await until(dialled.opened);
    connection.destroy();
    connection.destroy();
    connection.write(bytesOf('too late'));
    connection.end();
    expect(await until(dialled.closed)).toBeUndefined();
    expect(await until(server.log.closed)).toMatchObject({ code: 'ECONNRESET' });
    expect(server.log.events).toEqual(['close']);
    expect(dialled.events.filter((event) => event === 'close')).toHaveLength(1);
  });

  test('a stream that its owner destroys while it connects ends in one onClose', async () => {
    const [a, b] = [await open(1), await open(2)];
    const dialled = new StreamLog();
    a.streams.dial(b.streams.localAddress, 5_000, dialled.handler).destroy();
    expect(await until(dialled.closed)).toBeUndefined();
    expect(dialled.events).toEqual(['close']);
  });

  test('closing the transport ends every stream with an error, at both ends', async () => {
    const [a, b] = [await open(1), await open(2)];
    const accepted = acceptOne(b.streams);
    const dialled = new StreamLog();
    a.streams.dial(b.streams.localAddress, 5_000, dialled.handler);
    const server = await until(accepted);
    await until(dialled.opened);
    await a.streams.close();
    expect(dialled.events).toEqual(['open', 'close']);
    expect(await until(dialled.closed)).toBeInstanceOf(Error);
    expect(await until(server.log.closed)).toBeInstanceOf(Error);
  });

  test('dialling from a closed transport ends in onClose with an error', async () => {
    const [a, b] = [await open(1), await open(2)];
    await a.streams.close();
    const dialled = new StreamLog();
    a.streams.dial(b.streams.localAddress, 5_000, dialled.handler);
    expect(await until(dialled.closed)).toBeInstanceOf(Error);
    expect(dialled.events).toEqual(['close']);
  });

  test('no callback runs inside the call that causes it', async () => {
    const [a, b] = [await open(1), await open(2)];
    const accepted = acceptOne(b.streams);
    const dialled = new StreamLog();
    const connection = a.streams.dial(b.streams.localAddress, 5_000, dialled.handler);
    expect(dialled.events).toEqual([]);
    const server = await until(accepted);
    server.connection.end();
    await until(dialled.ended);
    const before = dialled.events.length;
    connection.end();
    expect(dialled.events).toHaveLength(before);
    await until(dialled.closed);
  });
}

/** How every stream transport bounds time and number. */
export function describeStreamLimits({ open, until }: Pick<TransportWorld, 'open' | 'until'>): void {
  test('a dialled stream that takes too long ends with ETIMEDOUT', async () => {
    const [a, b] = [await open(1), await open(2)];
    const accepted = acceptOne(b.streams);
    const dialled = new StreamLog();
    a.streams.dial(b.streams.localAddress, 50, dialled.handler);
    const server = await until(accepted);
    expect(await until(dialled.closed)).toMatchObject({ code: 'ETIMEDOUT' });
    expect(await until(server.log.closed)).toMatchObject({ code: 'ECONNRESET' });
  });

  test('bytes that keep arriving do not prolong an incoming stream', async () => {
    const [a, b] = [await open(1), await open(2, { timeoutMs: 50 })];
    const accepted = acceptOne(b.streams);
    const dialled = new StreamLog();
    const connection = a.streams.dial(b.streams.localAddress, 60_000, dialled.handler);
    const server = await until(accepted);
    // Every byte is answered by another one: the stream is never idle.
    dialled.onData = () => connection.write(bytesOf('x'));
    server.log.onData = () => server.connection.write(bytesOf('x'));
    connection.write(bytesOf('x'));
    expect(await until(server.log.closed)).toMatchObject({ code: 'ETIMEDOUT' });
    expect(server.log.events).toContain('data');
    await until(dialled.closed);
  });

  test('200 silent connections never exceed the limit and are all closed', async () => {
    const server = await open(1, { connectionsMax: 16, timeoutMs: 100 });
    let openCount = 0;
    let openPeak = 0;
    let acceptedCount = 0;
    const closings = new Mailbox<Error | undefined>();
    server.streams.onConnection(() => {
      acceptedCount += 1;
      openCount += 1;
      openPeak = Math.max(openPeak, openCount);
      return silent((error) => {
        openCount -= 1;
        closings.put(error);
      });
    });
    const clients = await Promise.all([open(2), open(3), open(4), open(5)]);
    const logs: StreamLog[] = [];
    for (let i = 0; i < 50; i += 1) {
      for (const { streams } of clients) {
        const log = new StreamLog();
        streams.dial(server.streams.localAddress, 60_000, log.handler);
        logs.push(log);
      }
    }
    for (const log of logs) expect(await until(log.closed)).toBeInstanceOf(Error);
    expect(openPeak).toBe(16);
    for (let i = 0; i < acceptedCount; i += 1) {
      expect(await until(closings.next())).toMatchObject({ code: 'ETIMEDOUT' });
    }
    expect(openCount).toBe(0);
  });

  test('one host holds at most half of the connections, and a closed connection makes room for another', async () => {
    const server = await open(1, { connectionsMax: 4 });
    const arrivals = new Arrivals(server.streams);
    const [greedy, modest] = [await open(2), await open(3)];
    const dial = (from: TransportPair): StreamLog => {
      const log = new StreamLog();
      log.connection = from.streams.dial(server.streams.localAddress, 5_000, log.handler);
      return log;
    };
    const held = dial(greedy);
    const first = await until(arrivals.next());
    dial(greedy);
    await until(arrivals.next());
    expect(await until(dial(greedy).closed)).toBeInstanceOf(Error);
    dial(modest);
    expect((await until(arrivals.next())).connection.remoteAddress.host).toBe(
      modest.streams.localAddress.host,
    );
    held.connection?.destroy();
    await until(first.log.closed);
    dial(greedy);
    const again = await until(arrivals.next());
    expect(again.connection.remoteAddress.host).toBe(greedy.streams.localAddress.host);
  });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes in which every piece that is lost, doubled or moved shows. */
function patternOf(bytesCount: number): Uint8Array {
  const bytes = new Uint8Array(bytesCount);
  for (let i = 0; i < bytesCount; i += 1) bytes[i] = (i * 31 + (i >> 8) * 7 + (i >> 16)) & 0xff;
  return bytes;
}
