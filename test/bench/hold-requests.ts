import { connect } from 'node:net';
import type { HttpCaller } from '../support/http-caller.ts';
import { eachOf, put } from './versus/dev-pair.ts';

/** How `loop-holds` asks, and fills what it asks for. */

export interface HoldTarget {
  readonly host: string;
  readonly caller: HttpCaller;
}

/** Source: Consul agent/txn_endpoint.go, maxTxnOps. */
export const opsMax = 64;
const prefixLengthsCount = 20;

export const keyOf = (folder: string, at: number): string => `${folder}/${String(at).padStart(6, '0')}`;
export const path = (target: string): string => `/v1/${target}`;

export type Op = Readonly<Record<string, unknown>>;
export const kvOp = (Verb: string, Key: string, more: Op = {}): Op => ({ KV: { Verb, Key, ...more } });
export const repeat = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

/** Sends a request and throws its answer away as it comes. @throws Error on another status. */
export function ask(
  { host }: Pick<HoldTarget, 'host'>,
  method: string,
  target: string,
  { body = '', status = 200 }: { readonly body?: string | Buffer; readonly status?: number } = {},
): Promise<void> {
  const head = `${method} ${path(target)} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 8500 });
    let isFirst = true;
    socket.on('connect', () => {
      socket.write(head);
      socket.write(body);
    });
    socket.on('data', (chunk: Buffer) => {
      if (isFirst && !chunk.toString('latin1', 0, 13).startsWith(`HTTP/1.1 ${status} `))
        socket.destroy(new Error(`${method} ${target}: ${chunk.toString('latin1', 0, 400)}`));
      isFirst = false;
    });
    socket.on('error', reject);
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve());
  });
}

export function txn(target: HoldTarget, ops: readonly Op[], status = 200): Promise<void> {
  return ask(target, 'PUT', 'txn', { body: JSON.stringify(ops), status });
}

/** Puts keys, 64 in a transaction. */
export async function putKeys(
  { caller }: HoldTarget,
  count: number,
  opOf: (at: number) => Op,
): Promise<void> {
  const batches = repeat(Math.ceil(count / opsMax), (batch) =>
    repeat(Math.min(opsMax, count - batch * opsMax), (at) => opOf(batch * opsMax + at)),
  );
  await eachOf(batches, 16, (batch) => put(caller, '/v1/txn', batch));
}

export const smallValue = Buffer.from('a value').toString('base64');
export const putFolder = (
  target: HoldTarget,
  folder: string,
  count: number,
  value = smallValue,
): Promise<void> => putKeys(target, count, (at) => kvOp('set', keyOf(folder, at), { Value: value }));

export async function newSession({ caller }: HoldTarget, behavior: string): Promise<string> {
  const body = { Node: 'holder', NodeChecks: [], LockDelay: '15s', Behavior: behavior };
  const { body: answer } = await caller.send({ method: 'PUT', path: '/v1/session/create', body });
  return (JSON.parse(answer) as { readonly ID: string }).ID;
}

/** Clients that wait for targets to change, until they are ended. */
export class Waiters {
  readonly #controllers: AbortController[] = [];

  async open({ host, caller }: HoldTarget, targets: readonly string[], indexOf: string): Promise<void> {
    const { headers } = await caller.send({ method: 'GET', path: path(indexOf) });
    const index = headers.get('X-Consul-Index');
    for (const target of targets) {
      const socket = connect({ host, port: 8500 });
      const controller = new AbortController();
      controller.signal.addEventListener('abort', () => socket.destroy());
      this.#controllers.push(controller);
      socket.on('error', () => socket.destroy());
      socket.resume();
      const join = target.includes('?') ? '&' : '?';
      socket.write(`GET ${path(target)}${join}index=${index}&wait=10m HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000 + targets.length / 2));
  }

  async close(): Promise<void> {
    for (const controller of this.#controllers.splice(0)) controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Targets under which so many prefixes of a key are asked for. */
export const prefixesOf = (key: string): readonly string[] =>
  repeat(prefixLengthsCount, (length) => `kv/${key.slice(0, length + 1)}?keys`);
