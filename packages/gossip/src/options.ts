import type { Member } from './member.ts';
import type { Clock, Entropy, Logger, LogStorage, PacketTransport, Rng, StreamTransport } from './ports.ts';

/** Ready-made timings: `lan` and `wan` as memberlist and Serf ship them, `local` for one machine. */
export type GossipProfile = 'lan' | 'wan' | 'local';

/**
 * Decides who may be in the pool. Asked for every alive message (one member) and for the whole list
 * that a joining peer sends. Pure and fast: it runs inside the protocol step.
 */
export type AdmissionPolicy = (members: readonly AdmissionCandidate[]) => string | undefined;

/** A member as a peer announces it, before we believe it. */
export interface AdmissionCandidate extends Pick<Member, 'name' | 'address' | 'tags' | 'versions'> {
  readonly status: 'alive' | 'suspect' | 'dead' | 'left';
}

/** What a caller writes. Everything but the name has a default. */
export interface GossipOptions {
  /** The member's name in the pool; unique, at most 128 bytes of UTF-8. */
  readonly name: string;
  /** Default `lan`. */
  readonly profile?: GossipProfile;
  /** Where to listen, UDP and TCP on one port. Default 0.0.0.0 and the profile's port; port 0 picks a free one. */
  readonly bind?: { readonly host?: string; readonly port?: number };
  /** What to announce to others. Default: the bound address, or the first private IPv4 address on a wildcard bind. */
  readonly advertise?: { readonly host?: string; readonly port?: number };
  /** At most 512 bytes encoded. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly encryption?: {
    /**
     * AES-GCM keys of 16, 24 or 32 bytes (or their base64); the first one encrypts, all decrypt. At least one, here or
     * in the file.
     */
    readonly keys?: readonly (Uint8Array | string)[];
    /**
     * Where the key ring is kept, as serf and Consul keep it; rewritten after every change of keys. A file that exists
     * wins over `keys`, with a warning when they differ; otherwise it is made.
     */
    readonly keyringFile?: string;
    /** Refuse what is not encrypted. Default true. */
    readonly verifyIncoming?: boolean;
    /** Encrypt what we send. Default true. */
    readonly verifyOutgoing?: boolean;
  };
  /** Separates pools that share a network; memberlist 0.3 and newer only. At most 255 bytes. */
  readonly label?: string;
  /**
   * Expect no label on what arrives, because something in front of us strips it; a label that still arrives is
   * refused. What we send is labelled all the same. Default false.
   */
  readonly skipInboundLabelCheck?: boolean;
  /** LZW on what we send. Default true; everything is always understood. */
  readonly compression?: boolean;
  readonly admission?: AdmissionPolicy;
  /** Only these networks (CIDR) may be members. Default: any. */
  readonly allowedNetworks?: readonly string[];
  /** Serf's protocol version as announced. Default 5, as the serf agent; Consul announces 4. */
  readonly serfProtocol?: 4 | 5;
  /** Group member events by kind until this long has passed since the last one. Default: off. */
  readonly coalesce?: { readonly periodMs: number; readonly quietMs: number };
  readonly userEvents?: UserEventOptions;
  /**
   * Ask the pool who we are when another node claims our name, and tell the outcome as a `conflict-vote`. Nothing
   * else follows from it. Default false.
   */
  readonly conflictResolution?: boolean;
  /** Measure the network: acks carry coordinates, from which round trips are estimated. Default true. */
  readonly coordinates?: boolean;
  /**
   * Keep a file, in Serf's own format, from which a restart knows the pool's members and clocks: it goes
   * back to the pool by itself and takes no old event for a new one. Default: none.
   */
  readonly snapshot?: {
    /** One file for each pool. Missing folders are made. */
    readonly path: string;
    /** Go back even to a pool that we left. Default false. */
    readonly rejoinAfterLeave?: boolean;
  };
  /** Single settings that differ from the profile's. */
  readonly timing?: Partial<GossipTiming>;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Replaces the real world, for simulations and other transports. */
  readonly ports?: Partial<GossipPorts>;
}

/** How user events are sent and told. */
export interface UserEventOptions {
  /**
   * `arrival`: told when they come; those of one burst come in order. `lamport`: told in the order of their Lamport
   * times; one waits while an earlier one is missing, which is told late if it comes later still. Default `arrival`.
   */
  readonly order?: 'arrival' | 'lamport';
  /** How long `lamport` waits for an earlier event, in milliseconds. Default 1000. */
  readonly holdBackMs?: number;
  /**
   * The largest event that we send: name and payload together, and encoded. Default 512, at most 9,216; beyond some
   * 1,350 bytes `timing.packetBytesMax` has to grow with it. Others are not limited by it.
   */
  readonly bytesMax?: number;
  /** Of the events that allow it, tell only the newest of each name when this time has passed. Default: off. */
  readonly coalesce?: { readonly periodMs: number; readonly quietMs: number };
}

/** The outside world as the gossip uses it; each port can be replaced. */
export interface GossipPorts {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly entropy: Entropy;
  readonly packets: PacketTransport;
  readonly streams: StreamTransport;
  /** Where the snapshot is kept instead of in a file. */
  readonly snapshot?: LogStorage;
}

/** Every duration and multiplier of the protocol. Sources: memberlist config.go, serf config.go. */
export interface GossipTiming {
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  readonly indirectChecks: number;
  readonly streamTimeoutMs: number;
  readonly retransmitMult: number;
  readonly suspicionMult: number;
  readonly suspicionMaxTimeoutMult: number;
  /** 0 turns the periodic exchange off. */
  readonly pushPullIntervalMs: number;
  readonly gossipIntervalMs: number;
  readonly gossipNodes: number;
  readonly gossipToTheDeadMs: number;
  /** How long a failed member's name is protected from a new address; 0 protects it for ever. */
  readonly deadNodeReclaimMs: number;
  readonly awarenessMaxMultiplier: number;
  readonly packetBytesMax: number;
  readonly broadcastTimeoutMs: number;
  readonly leavePropagateDelayMs: number;
  readonly reapIntervalMs: number;
  readonly recentIntentTimeoutMs: number;
  readonly reconnectIntervalMs: number;
  readonly reconnectTimeoutMs: number;
  readonly tombstoneTimeoutMs: number;
  readonly queueCheckIntervalMs: number;
  readonly queueDepthWarning: number;
  readonly queueDepthMax: number;
  /** When above 0, the bound is max(queueDepthMin, 2 × members) instead of `queueDepthMax`. */
  readonly queueDepthMin: number;
}
