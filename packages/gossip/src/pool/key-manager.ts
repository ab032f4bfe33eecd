import { types } from 'node:util';
import { describeSecret } from '../checks/describe.ts';
import { GossipError, WireError } from '../errors.ts';
import type { GossipKeys, KeyOptions, KeyReport } from '../keys.ts';
import type { Logger } from '../ports.ts';
import type { Query } from '../query.ts';
import { internalName } from '../serf/queries/internal-queries.ts';
import { isKeyLength, keyFromText } from '../serf/queries/key-ring.ts';
import { decodeSerfQueryBody, encodeSerfQueryBody, type KeyResponse } from '../wire/serf-query-codec.ts';

import { readArguments } from './check-arguments.ts';
import type { AskOptions } from './pool-messages.ts';

/** A log line names no more. */
const namesLoggedMax = 10;

/** What key management needs of the gossip it belongs to. */
export interface KeyManagerParts {
  readonly ask: (name: string, payload: Uint8Array, options: AskOptions) => Query;
  /** How many members are alive now, this one included. */
  readonly liveCount: () => number;
  /** Names of the members that have failed and may return. */
  readonly failedNames: () => readonly string[];
  readonly logger: Logger;
  /** @throws GossipError GOSSIP_NO_KEYRING when encryption is off. */
  readonly requireKeyring: () => void;
}

/** Sends requests about keys to all members, this one included, and counts the answers. Source: serf keymanager.go. */
export class KeyManager implements GossipKeys {
  readonly #parts: KeyManagerParts;

  constructor(parts: KeyManagerParts) {
    this.#parts = parts;
  }

  async list(options?: KeyOptions): Promise<KeyReport> {
    const checked = readArguments('keys.list', { options }).options;
    return this.#ask(internalName.listKeys, new Uint8Array(0), checked);
  }

  async install(key: Uint8Array | string, options?: KeyOptions): Promise<KeyReport> {
    const checked = readArguments('keys.install', { options }).options;
    return this.#ask(internalName.installKey, keyBytesOf(key), checked);
  }

  async use(key: Uint8Array | string, options?: KeyOptions): Promise<KeyReport> {
    const checked = readArguments('keys.use', { options }).options;
    return this.#ask(internalName.useKey, keyBytesOf(key), checked);
  }

  async remove(key: Uint8Array | string, options?: KeyOptions): Promise<KeyReport> {
    const checked = readArguments('keys.remove', { options }).options;
    return this.#ask(internalName.removeKey, keyBytesOf(key), checked);
  }

  async #ask(name: string, key: Uint8Array, options: AskOptions): Promise<KeyReport> {
    this.#parts.requireKeyring();
    const missedBy = this.#parts.failedNames();
    const tally = new KeyTally(this.#parts.liveCount(), missedBy);
    const query = this.#parts.ask(name, encodeSerfQueryBody({ type: 'key-request', key }), options);
    for await (const response of query.responses()) {
      tally.add(response.from, readResponse(response.payload));
      if (tally.isComplete) query.end();
    }
    if (!tally.isComplete) await requireFullTime(query, options);
    if (missedBy.length > 0 && name !== internalName.listKeys) {
      const fields = { missedCount: missedBy.length, members: missedBy.slice(0, namesLoggedMax) };
      this.#parts.logger.warn(fields, 'failed members missed a change of the keys');
    }
    return tally.report();
  }
}

/** Missing answers count as missing only if the query had its full time: an abort or a close is an error. */
async function requireFullTime(query: Query, { signal }: AskOptions): Promise<void> {
  signal?.throwIfAborted();
  const { ended } = await query.done;
  if (ended !== 'closed') return;
  throw new GossipError('GOSSIP_CLOSED', 'the gossip was closed during a request about keys');
}

class KeyTally {
  readonly #nodes: number;
  readonly #missedBy: readonly string[];
  #responded = 0;
  #failed = 0;
  readonly #messages = new Map<string, string>();
  readonly #keys = new Map<string, number>();
  readonly #primaryKeys = new Map<string, number>();

  constructor(nodes: number, missedBy: readonly string[]) {
    this.#nodes = nodes;
    this.#missedBy = missedBy;
  }

  get isComplete(): boolean {
    return this.#responded >= this.#nodes;
  }

  add(from: string, { ok, message, keys, primaryKey }: KeyResponse): void {
    this.#responded += 1;
    if (!ok) this.#failed += 1;
    if (message !== '') this.#messages.set(from, message);
    for (const key of keys) count(this.#keys, key);
    if (primaryKey !== '') count(this.#primaryKeys, primaryKey);
  }

  report(): KeyReport {
    return {
      nodes: this.#nodes,
      responded: this.#responded,
      failed: this.#failed,
      missedBy: this.#missedBy,
      messages: Object.fromEntries(this.#messages),
      keys: Object.fromEntries(this.#keys),
      primaryKeys: Object.fromEntries(this.#primaryKeys),
    };
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** An answer that cannot be read is a failure: nothing says that the member did what was asked. */
function readResponse(payload: Uint8Array): KeyResponse {
  const unreadable = { type: 'key-response', ok: false, keys: [], primaryKey: '' } as const;
  try {
    const body = decodeSerfQueryBody(payload);
    return body.type === 'key-response' ? body : { ...unreadable, message: `answered with a ${body.type}` };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { ...unreadable, message: `its answer cannot be read: ${error.message}` };
  }
}

function keyBytesOf(key: unknown): Uint8Array {
  const bytes = typeof key === 'string' ? keyFromText(key) : key;
  if (types.isUint8Array(bytes) && isKeyLength(bytes.length)) return Uint8Array.from(bytes);
  let found = types.isUint8Array(bytes) ? `${bytes.length} bytes long` : describeSecret(bytes);
  if (bytes === undefined && typeof key === 'string') found = 'not base64';
  throw new GossipError('GOSSIP_KEY', `the key is ${found}; allowed: 16, 24 or 32 bytes, or their base64`);
}
