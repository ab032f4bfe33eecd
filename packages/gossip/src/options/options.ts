import type { Member } from '../member.ts';
import type { Clock, Entropy, Logger, LogStorage, PacketTransport, Rng, StreamTransport } from '../ports.ts';
import type { GossipTiming } from './timing.ts';

export type { GossipTiming } from './timing.ts';

/** A set of timings: `lan`, `wan` and `local` (one machine) have the defaults of memberlist and Serf. */
export type GossipProfile = 'lan' | 'wan' | 'local';

/**
 * Decides which members are admitted: returns the reason for a refusal, or undefined. Called for every alive message with
 * one member, and for every join with all members of the other side. Must be pure and fast, because it runs inside a
 * protocol step. Source: memberlist AliveDelegate, MergeDelegate.
 */
export type AdmissionPolicy = (members: readonly AdmissionCandidate[]) => string | undefined;

/** A member as a peer announces it, before it is admitted. */
export interface AdmissionCandidate extends Pick<Member, 'name' | 'address' | 'tags' | 'versions'> {
  readonly status: 'alive' | 'suspect' | 'dead' | 'left';
}

/**
 * Options of `createGossip`. Everything but the name has a default; an option that is undefined counts as left out.
 * Checked at run time too: see `GOSSIP_OPTIONS`.
 */
export interface GossipOptions {
  /** The member's name in the pool; unique, at most 128 bytes of UTF-8. Required. Source: serf config.go NodeName. */
  readonly name: string;
  /** The timings that apply unless `timing` sets others. Default `lan`. Source: memberlist config.go. */
  readonly profile?: GossipProfile;
  /** The address to listen on, UDP and TCP on one port. */
  readonly bind?: BindOptions;
  /** The address that other members are given. */
  readonly advertise?: AdvertiseOptions;
  /** Metadata of the member; at most 512 bytes encoded. Default {}. Source: serf config.go Tags. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Encrypts the pool's traffic. Default: off. */
  readonly encryption?: EncryptionOptions;
  /**
   * A text in front of every packet and stream that separates pools on one network; memberlist 0.3 and newer. At most
   * 255 bytes. Default "".
   * Source: memberlist config.go Label.
   */
  readonly label?: string;
  /**
   * Expect no label on packets that arrive, because a proxy removes it; a packet with a label is then refused. Packets
   * that are sent carry the label. Default false. Source: memberlist config.go SkipInboundLabelCheck.
   */
  readonly skipInboundLabelCheck?: boolean;
  /**
   * Compress what is sent with LZW. Compressed packets are always accepted. Default true.
   * Source: memberlist config.go EnableCompression.
   */
  readonly compression?: boolean;
  /** Decides which members are admitted. Default: every member is admitted. Source: memberlist AliveDelegate, MergeDelegate. */
  readonly admission?: AdmissionPolicy;
  /** Members must have an address in one of these networks (CIDR). Default: any. Source: memberlist config.go CIDRsAllowed. */
  readonly allowedNetworks?: readonly string[];
  /**
   * The version of Serf's protocol that is announced; Consul announces 4. Default 5, as the serf agent.
   * Source: serf config.go ProtocolVersion.
   */
  readonly serfProtocol?: 4 | 5;
  /** Report member events of one kind together. Default: off. Source: serf config.go CoalescePeriod. */
  readonly coalesce?: CoalesceOptions;
  /** How user events are sent and delivered. */
  readonly userEvents?: UserEventOptions;
  /**
   * When another node claims this member's name, ask the pool which of the two it knows, and report the vote as a
   * `conflict-vote` event. The gossip goes on in either case. Default false.
   * Source: serf config.go EnableNameConflictResolution.
   */
  readonly conflictResolution?: boolean;
  /**
   * Estimate round trips from network coordinates, which acks carry. Default true.
   * Source: serf config.go DisableCoordinates.
   */
  readonly coordinates?: boolean;
  /**
   * Keep a snapshot file in Serf's format, with the pool's members and clocks. After a restart the member rejoins its pool
   * and does not deliver old events again. Default: none.
   * Source: serf config.go SnapshotPath.
   */
  readonly snapshot?: SnapshotOptions;
  /** Settings that differ from those of the profile. */
  readonly timing?: Partial<GossipTiming>;
  /** Receives the log. A method that throws loses its line and has no other effect. Default: silent. */
  readonly logger?: Logger;
  /** Replaces clock, randomness, transports or storage, for simulations and custom transports. */
  readonly ports?: Partial<GossipPorts>;
}

/** The address to listen on. */
export interface BindOptions {
  /** A numeric IPv4 or IPv6 address; names are not resolved. Default `0.0.0.0`: every interface. */
  readonly host?: string;
  /**
   * The port for UDP and TCP; 0 chooses a free one. Default: 8301 (lan), 8302 (wan), 7946 (local).
   * Source: Consul's ports of its pools, and the serf agent's.
   */
  readonly port?: number;
}

/** The address that other members are given. */
export interface AdvertiseOptions {
  /**
   * A numeric address at which other members reach this one.
   * Default: the bound address, or the first private IPv4 address on a wildcard bind.
   */
  readonly host?: string;
  /** The port at which other members reach this one. Default: the bound port. */
  readonly port?: number;
}

/** How the pool's traffic is encrypted. */
export interface EncryptionOptions {
  /**
   * AES-GCM keys of 16, 24 or 32 bytes (or their base64); the first one encrypts, all decrypt. At least one, here or
   * in `keyringFile`. Default: those of `keyringFile`. Source: memberlist config.go SecretKey, Keyring.
   */
  readonly keys?: readonly (Uint8Array | string)[];
  /**
   * The file of the key ring, in the format of serf and Consul; rewritten after every change of keys. An existing file
   * overrules `keys`, with a warning when they differ; a missing one is created. A read-only file, such as a mounted
   * secret, is used with a warning: changes of the keys are then lost when the member stops. Default: none.
   * Source: serf config.go KeyringFile.
   */
  readonly keyringFile?: string;
  /** Refuse packets and streams that are not encrypted. Default true. Source: memberlist config.go GossipVerifyIncoming. */
  readonly verifyIncoming?: boolean;
  /** Encrypt what is sent. Default true. Source: memberlist config.go GossipVerifyOutgoing. */
  readonly verifyOutgoing?: boolean;
}

/** When events of one kind are coalesced, that is, reported together. */
export interface CoalesceOptions {
  /**
   * The longest time that an event waits for others. Milliseconds. Required.
   * Source: serf config.go CoalescePeriod.
   */
  readonly periodMs: number;
  /**
   * Events are reported as soon as no other arrived for this time. Milliseconds. Required.
   * Source: serf config.go QuiescentPeriod.
   */
  readonly quietMs: number;
}

/** How user events are sent and delivered. */
export interface UserEventOptions {
  /**
   * `arrival` delivers events as they arrive, and those of one packet (about 1,300 bytes) in the order of sending.
   * `lamport` delivers them in the order of their Lamport times: an event waits up to `holdBackMs` for an earlier one that
   * is missing, and one that arrives even later is delivered late. Default `arrival`.
   */
  readonly order?: 'arrival' | 'lamport';
  /** How long `lamport` waits for an earlier event. Milliseconds. Default 1,000. */
  readonly holdBackMs?: number;
  /**
   * The largest event that this member sends, counted as name and payload and once more encoded. At most 9,216; beyond
   * about 1,350 bytes `timing.packetBytesMax` has to grow with it. Received events are not limited by it. Bytes.
   * Default 512.
   * Source: serf config.go UserEventSizeLimit.
   */
  readonly bytesMax?: number;
  /** Deliver only the newest event of each name, among events that allow it. Default: off. */
  readonly coalesce?: CoalesceOptions;
}

/** Where the pool's members and clocks are kept across restarts. */
export interface SnapshotOptions {
  /** A file of its own for each pool. Missing folders are created. Required. Source: serf config.go SnapshotPath. */
  readonly path: string;
  /** Rejoin even a pool that this member left. Default false. Source: serf config.go RejoinAfterLeave. */
  readonly rejoinAfterLeave?: boolean;
}

/** What a gossip takes from the outside world. Each port can be replaced, the two transports only together. */
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
  /** Stores the snapshot. Default: the file of `snapshot.path`. */
  readonly snapshot?: LogStorage;
}
