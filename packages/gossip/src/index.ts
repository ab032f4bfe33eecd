export type { GossipDiagnostics } from './diagnostics.ts';
export {
  GossipError,
  type GossipErrorCode,
  GossipTypeError,
  isKeyMismatch,
  SeedError,
  type SeedErrorCode,
  WireError,
  type WireErrorCode,
} from './errors.ts';
export type * from './events.ts';
export { type ExpressionEngine, loadExpressionEngine } from './expression-engine.ts';
export type {
  Gossip,
  GossipStats,
  JoinFailure,
  JoinOptions,
  JoinResult,
  PoolProbeOptions,
  PoolProbeResult,
  SnapshotStats,
} from './gossip.ts';
export type * from './keys.ts';
export type { Member, MemberStatus } from './member.ts';
export type {
  AdmissionCandidate,
  AdmissionPolicy,
  AdvertiseOptions,
  BindOptions,
  CoalesceOptions,
  EncryptionOptions,
  GossipOptions,
  GossipPorts,
  GossipProfile,
  GossipTiming,
  SnapshotOptions,
  UserEventOptions,
} from './options/options.ts';
export {
  definePayload,
  type PayloadType,
  type StandardSchema,
  type StandardSchemaIssue,
  type StandardSchemaResult,
} from './payload.ts';
export { createGossip } from './pool/create-gossip.ts';
export type * from './ports.ts';
export type * from './query.ts';
export type * from './request.ts';
export type { RetryOptions } from './runtime/retry.ts';
export { coordinateDistanceMs } from './serf/coordinates/vivaldi.ts';
export type { UdpBlockedPeer, UdpDirection } from './swim/reach/udp-paths.ts';
export { type Address, formatAddress } from './wire/address.ts';
export type { Coordinate } from './wire/coordinate-codec.ts';
export type { Versions } from './wire/swim-messages.ts';
