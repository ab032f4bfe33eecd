/** What every member said to a request about its key ring. */
export interface KeyReport {
  /** How many members were alive when they were asked, ourselves included. */
  readonly nodes: number;
  /** How many answered. Fewer than `nodes`: some did not hear of it, or their answers were lost. */
  readonly responded: number;
  /** How many of those that answered could not do what was asked. */
  readonly failed: number;
  /**
   * The failed members of the pool, by name: they were not asked. One that missed a step of a rotation cannot be talked to
   * when it returns, until its key ring is changed by hand.
   */
  readonly missedBy: readonly string[];
  /** What members had to say beyond yes, by name: why they failed, or that their list is cut short. */
  readonly messages: Readonly<Record<string, string>>;
  /** `list` only: how many members have a key, by its base64. */
  readonly keys: Readonly<Record<string, number>>;
  /** `list` only: how many members encrypt with a key, by its base64. Older peers do not say. */
  readonly primaryKeys: Readonly<Record<string, number>>;
}

/** How the members are asked. */
export interface KeyOptions {
  /** As of a query: 0 to 5, default 0. */
  readonly relayFactor?: number;
  /** Default: as of a query. The report comes earlier when all members have answered. */
  readonly timeoutMs?: number;
  /** Gives up; the promise then rejects with its reason. Default: none. */
  readonly signal?: AbortSignal;
}

/**
 * The key rings of the whole pool. To rotate: `install` the new key, `use` it, `remove` the old one, and go on only
 * when `responded` equals `nodes` and `failed` is 0: a member that misses a step can no longer be talked to, and one
 * of `missedBy` needs the new key in its key ring or configuration before it returns.
 *
 * Each method reports and does not judge: a report with failures is not an error.
 * @throws GossipError GOSSIP_NO_KEYRING when we are not encrypted, GOSSIP_KEY for what is no key, GOSSIP_CLOSED;
 *   GossipTypeError GOSSIP_ARGUMENT for wrong options; the signal's reason when it aborts. What was asked may have
 *   happened by then.
 */
export interface GossipKeys {
  list(options?: KeyOptions): Promise<KeyReport>;
  /** Adds a key (16, 24 or 32 bytes, or their base64) that decrypts from now on. */
  install(key: Uint8Array | string, options?: KeyOptions): Promise<KeyReport>;
  /** Encrypts with an installed key from now on. */
  use(key: Uint8Array | string, options?: KeyOptions): Promise<KeyReport>;
  /** Forgets a key; the one in use cannot be removed. */
  remove(key: Uint8Array | string, options?: KeyOptions): Promise<KeyReport>;
}
