/** A member's status in the words of Serf. */
export type PeerStatus = 'none' | 'alive' | 'leaving' | 'left' | 'failed';

/** One row of a member table, of any kind of peer. */
export interface PeerMember {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly status: PeerStatus;
  readonly tags: Readonly<Record<string, string>>;
}

/** The order of every member table here. */
export function byName(a: PeerMember, b: PeerMember): number {
  return a.name < b.name ? -1 : 1;
}

/** A node of a pool under test: a real serf, a real consul or ours. */
export interface Peer {
  readonly name: string;
  /** `host:port` of its gossip. */
  readonly address: string;
  /** Its process, when it has one of its own that still runs or did. */
  readonly pid?: number | undefined;
  /** Everybody it knows, sorted by name. */
  members(): Promise<readonly PeerMember[]>;
  /** Joins the pool of another; rejects when that fails. */
  join(address: string): Promise<void>;
  /** Leaves gracefully; resolves when it is done. */
  leave(): Promise<void>;
  forceLeave(name: string, options?: { readonly prune?: boolean }): Promise<void>;
  /** Ends without a word, as kill -9 does. Then only `dispose` may be called. */
  crash(): Promise<void>;
  /** What it logged last. */
  logTail(): string;
  /** Everything it logged. */
  log(): readonly string[];
  /** Frees everything; may be called twice and after `crash`. */
  dispose(): Promise<void>;
}

/** The status that `peer` shows for a name, or undefined when it does not know the name. */
export async function statusSeenBy(peer: Peer, name: string): Promise<PeerStatus | undefined> {
  return (await peer.members()).find((member) => member.name === name)?.status;
}

/** A member table as text, for failure messages. */
export async function describePeer(peer: Peer): Promise<string> {
  const rows = await peer.members().then(
    (members) =>
      members.map((m) => `  ${m.name} ${m.host}:${m.port} ${m.status} ${JSON.stringify(m.tags)}`).join('\n'),
    (error: unknown) => `  (no member table: ${String(error)})`,
  );
  return `--- ${peer.name} at ${peer.address} sees\n${rows}\nand logged last\n${peer.logTail()}`;
}
