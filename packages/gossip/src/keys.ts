/** The answers of all members to a request about their key rings. Source: serf keymanager.go KeyResponse. */
export interface KeyReport {
  /** How many members were alive when the request was sent, this one included. */
  readonly nodes: number;
  /** How many answered. Fewer than `nodes` when the request or an answer was lost. */
  readonly responded: number;
  /** How many of the members that answered could not fulfil the request. */
  readonly failed: number;
  /**
   * The names of the failed members, which did not receive the request. A member that missed a step of a rotation cannot
   * communicate with the pool when it returns, until its key ring is changed by hand.
   */
  readonly missedBy: readonly string[];
  /** Messages of members by name: why they failed, or that their list of keys is truncated. */
  readonly messages: Readonly<Record<string, string>>;
  /** `list` only: how many members have a key, by its base64. */
  readonly keys: Readonly<Record<string, number>>;
  /** `list` only: how many members encrypt with a key, by its base64. Old versions of Serf do not report it. */
  readonly primaryKeys: Readonly<Record<string, number>>;
}

/** Options of a request about keys. */
export interface KeyOptions {
  /** As in `QueryOptions`: 0 to 5. Default 0. */
  readonly relayFactor?: number;
  /** How long answers are accepted, as in `QueryOptions`. The report comes as soon as all members have answered. */
  readonly timeoutMs?: number;
  /** Cancels the request; the promise then rejects with its reason. Default: none. */
  readonly signal?: AbortSignal;
}

/**
 * Manages the key rings of all members. To rotate a key, `install` the new one, `use` it and `remove` the old one. Take
 * the next step only when `responded` equals `nodes` and `failed` is 0: a member that misses a step cannot communicate
 * with the pool any more, and a member in `missedBy` needs the new key in its key ring before it returns.
 *
 * A report with failures is not an error.
 * @throws GossipError GOSSIP_NO_KEYRING when encryption is off, GOSSIP_KEY for an invalid key, GOSSIP_CLOSED;
 *   GossipTypeError GOSSIP_ARGUMENT for wrong options; the signal's reason when it aborts. Members may have fulfilled
 *   the request by then.
 */
export interface GossipKeys {
  /** Lists the installed keys, and how many members have each. */
  list(options?: KeyOptions): Promise<KeyReport>;
  /** Adds a key (16, 24 or 32 bytes, or their base64) that decrypts. */
  install(key: Uint8Array | string, options?: KeyOptions): Promise<KeyReport>;
  /** Makes an installed key the primary one, which encrypts. */
  use(key: Uint8Array | string, options?: KeyOptions): Promise<KeyReport>;
  /** Removes a key; the primary key cannot be removed. */
  remove(key: Uint8Array | string, options?: KeyOptions): Promise<KeyReport>;
}
