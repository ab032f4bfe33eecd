import type { GossipProfile, GossipTiming } from './options.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Source of the first block: memberlist config.go DefaultLANConfig; of the second: serf config.go DefaultConfig. */
const lan: GossipTiming = {
  probeIntervalMs: second,
  probeTimeoutMs: 500,
  indirectChecks: 3,
  streamTimeoutMs: 10 * second,
  retransmitMult: 4,
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  pushPullIntervalMs: 30 * second,
  gossipIntervalMs: 200,
  gossipNodes: 3,
  gossipToTheDeadMs: 30 * second,
  deadNodeReclaimMs: 0,
  awarenessMaxMultiplier: 8,
  packetBytesMax: 1400,

  broadcastTimeoutMs: 5 * second,
  leavePropagateDelayMs: second,
  reapIntervalMs: 15 * second,
  recentIntentTimeoutMs: 5 * minute,
  reconnectIntervalMs: 30 * second,
  reconnectTimeoutMs: 24 * hour,
  tombstoneTimeoutMs: 24 * hour,
  queueCheckIntervalMs: 30 * second,
  queueDepthWarning: 128,
  queueDepthMax: 4096,
  queueDepthMin: 0,
};

/** Source: memberlist config.go DefaultWANConfig. */
const wan: GossipTiming = {
  ...lan,
  streamTimeoutMs: 30 * second,
  suspicionMult: 6,
  pushPullIntervalMs: minute,
  probeTimeoutMs: 3 * second,
  probeIntervalMs: 5 * second,
  gossipNodes: 4,
  gossipIntervalMs: 500,
  gossipToTheDeadMs: minute,
};

/**
 * Source: memberlist config.go DefaultLocalConfig, except for `retransmitMult`: with its 2 one event in five is lost
 * (ADR 0010).
 */
const local: GossipTiming = {
  ...lan,
  streamTimeoutMs: second,
  indirectChecks: 1,
  suspicionMult: 3,
  pushPullIntervalMs: 15 * second,
  probeTimeoutMs: 200,
  gossipIntervalMs: 100,
  gossipToTheDeadMs: 15 * second,
};

/** The timings of each profile. */
export const profileTimings: Readonly<Record<GossipProfile, GossipTiming>> = { lan, wan, local };

/** The default port of each profile: Consul's for LAN and WAN, Serf's for a single machine. */
export const profilePorts: Readonly<Record<GossipProfile, number>> = { lan: 8301, wan: 8302, local: 7946 };
