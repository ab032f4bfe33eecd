import type { Member } from './member.ts';
import type { Clock, Entropy, Logger, LogStorage, PacketTransport, Rng, StreamTransport } from './ports.ts';
import type { GossipTiming } from './timing.ts';

export type { GossipTiming } from './timing.ts';

/** Ready-made timings: `lan` and `wan` as memberlist and Serf ship them, `local` for one machine. */
export type GossipProfile = 'lan' | 'wan' | 'local';

/**
 * Decides who may be in the pool: gives the reason for a refusal, or undefined. Asked for every alive message (one
 * member) and for the whole list that a joining peer sends. Pure and fast: it runs inside the protocol step.
 */
export type AdmissionPolicy = (members: readonly AdmissionCandidate[]) => string | undefined;

/** A member as a peer announces it, before we believe it. */
export interface AdmissionCandidate extends Pick<Member, 'name' | 'address' | 'tags' | 'versions'> {
  readonly status: 'alive' | 'suspect' | 'dead' | 'left';
}

/**
 * What a caller writes. Everything but the name has a default, and an option that is undefined counts as left out.
 * Checked when the program runs, too: see `GOSSIP_OPTIONS`.
 */
export interface GossipOptions {
  /** The member's name in the pool; unique, at most 128 bytes of UTF-8. Required. Source: serf config.go NodeName. */
  readonly name: string;
  /** Which timings apply where `timing` says nothing. Default `lan`. Source: memberlist config.go. */
  readonly profile?: GossipProfile;
  /** Where to listen, UDP and TCP on one port. */
  readonly bind?: BindOptions;
  /** What to announce to others. */
  readonly advertise?: AdvertiseOptions;
  /** What others see beside the name; at most 512 bytes encoded. Default {}. Source: serf config.go Tags. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Keys and rules of encryption. Default: off. */
  readonly encryption?: EncryptionOptions;
  /**
   * Separates pools that share a network; memberlist 0.3 and newer only. At most 255 bytes. Default "".
   * Source: memberlist config.go Label.
   */
  readonly label?: string;
  /**
   * Expect no label on what arrives, because something in front of us strips it; a label that still arrives is
   * refused. What we send is labelled all the same. Default false. Source: memberlist config.go SkipInboundLabelCheck.
   */
  readonly skipInboundLabelCheck?: boolean;
  /**
   * LZW on what we send; everything is always understood. Default true.
   * Source: memberlist config.go EnableCompression.
   */
  readonly compression?: boolean;
  /** Who may be in the pool. Default: everybody is admitted. Source: memberlist AliveDelegate, MergeDelegate. */
  readonly admission?: AdmissionPolicy;
  /** Only these networks (CIDR) may be members. Default: any. Source: memberlist config.go CIDRsAllowed. */
  readonly allowedNetworks?: readonly string[];
  /**
   * Serf's protocol version as announced; Consul announces 4. Default 5, as the serf agent.
   * Source: serf config.go ProtocolVersion.
   */
  readonly serfProtocol?: 4 | 5;
  /** Group member events by kind. Default: off. Source: serf config.go CoalescePeriod. */
  readonly coalesce?: CoalesceOptions;
  /** How user events are sent and told. */
  readonly userEvents?: UserEventOptions;
  /**
   * Ask the pool who we are when another node claims our name, and report the outcome as a `conflict-vote`. Nothing
   * else follows from it. Default false. Source: serf config.go EnableNameConflictResolution.
   */
  readonly conflictResolution?: boolean;
  /**
   * Measure the network: acks carry coordinates, from which round trips are estimated. Default true.
   * Source: serf config.go DisableCoordinates.
   */
  readonly coordinates?: boolean;
  /**
   * Keep a file, in Serf's own format, from which a restart knows the pool's members and clocks: it goes
   * back to the pool by itself and takes no old event for a new one. Default: none.
   * Source: serf config.go SnapshotPath.
   */
  readonly snapshot?: SnapshotOptions;
  /** Single settings that differ from the profile's. */
  readonly timing?: Partial<GossipTiming>;
  /** Where we log. A method that throws loses its line and nothing else. Default: silent. */
  readonly logger?: Logger;
  /** Replaces the real world, for simulations and other transports. */
  readonly ports?: Partial<GossipPorts>;
}

/** Where to listen. */
export interface BindOptions {
  /** A numeric IPv4 or IPv6 address; no name is looked up. Default `0.0.0.0`: every interface. */
  readonly host?: string;
  /**
   * One port for UDP and TCP; 0 picks a free one. Default: 8301 (lan), 8302 (wan), 7946 (local).
   * Source: Consul's ports of its pools, and the serf agent's.
   */
  readonly port?: number;
}

/** What to announce to others. */
export interface AdvertiseOptions {
  /**
   * A numeric address that others reach us at.
   * Default: the bound address, or the first private IPv4 address on a wildcard bind.
   */
  readonly host?: string;
  /** The port that others reach us at. Default: the bound port. */
  readonly port?: number;
}

/** Keys and rules of encryption. */
export interface EncryptionOptions {
  /**
   * AES-GCM keys of 16, 24 or 32 bytes (or their base64); the first one encrypts, all decrypt. At least one, here or
   * in the file. Default: those of `keyringFile`. Source: memberlist config.go SecretKey, Keyring.
   */
  readonly keys?: readonly (Uint8Array | string)[];
  /**
   * Where the key ring is kept, as serf and Consul keep it; rewritten after every change of keys. A file that exists
   * wins over `keys`, with a warning when they differ; otherwise it is made. One that cannot be rewritten, as a mounted
   * secret, is used with a warning: changes of the keys are then lost when the member stops. Default: none.
   * Source: serf config.go KeyringFile.
   */
  readonly keyringFile?: string;
  /** Refuse what is not encrypted. Default true. Source: memberlist config.go GossipVerifyIncoming. */
  readonly verifyIncoming?: boolean;
  /** Encrypt what we send. Default true. Source: memberlist config.go GossipVerifyOutgoing. */
  readonly verifyOutgoing?: boolean;
}

/** When events of one kind are reported together. */
export interface CoalesceOptions {
  /**
   * The longest time that an event waits for others of its kind. Milliseconds. Required.
   * Source: serf config.go CoalescePeriod.
   */
  readonly periodMs: number;
  /**
   * Events are reported when no other has come for so long. Milliseconds. Required.
   * Source: serf config.go QuiescentPeriod.
   */
  readonly quietMs: number;
}

/** How user events are sent and told. */
export interface UserEventOptions {
  /**
   * `arrival`: told when they come; in the order of sending as far as one packet holds them, some 1,300 bytes.
   * `lamport`: told in the order of their Lamport times; one waits while an earlier one is missing, which is told late
   * if it comes later still. Default `arrival`.
   */
  readonly order?: 'arrival' | 'lamport';
  /** How long `lamport` waits for an earlier event. Milliseconds. Default 1,000. */
  readonly holdBackMs?: number;
  /**
   * The largest event that we send: name and payload together, and encoded. At most 9,216; beyond some
   * 1,350 bytes `timing.packetBytesMax` has to grow with it. Others are not limited by it. Bytes. Default 512.
   * Source: serf config.go UserEventSizeLimit.
   */
  readonly bytesMax?: number;
  /** Of the events that allow it, tell only the newest of each name. Default: off. */
  readonly coalesce?: CoalesceOptions;
}

/** Where the pool's members and clocks are kept between two lives of a member. */
export interface SnapshotOptions {
  /** One file for each pool. Missing folders are made. Required. Source: serf config.go SnapshotPath. */
  readonly path: string;
  /** Go back even to a pool that we left. Default false. Source: serf config.go RejoinAfterLeave. */
  readonly rejoinAfterLeave?: boolean;
}

/** The outside world as the gossip uses it; each port can be replaced, the two transports only together. */
export interface GossipPorts {
  /** Time. Default: the process's. */
  readonly clock: Clock;
  /** Randomness of shuffles and staggers. Default: `Math.random`. */
  readonly rng: Rng;
  /** Randomness of nonces. Default: the system's. */
  readonly entropy: Entropy;
  /** Datagrams. Default: a UDP socket. */
  readonly packets: PacketTransport;
  /** Streams. Default: a TCP listener. */
  readonly streams: StreamTransport;
  /** Where the snapshot is kept. Default: the file of `snapshot.path`. */
  readonly snapshot?: LogStorage;
}
