import type { Kind } from '../checks/kind.ts';
import type { Row, RowsOf } from '../checks/record.ts';
import { byteCount, milliseconds, wholeNumber } from '../checks/scalars.ts';
import { profileTimings } from './profiles.ts';
import type { GossipTiming } from './timing.ts';

/**
 * A packet must hold the largest alive message, or peers would never receive it: 128 bytes of name and 512 of tags
 * make a message of at most 716, in a packet with a label, encryption and a checksum.
 */
const packetBytesMin = 1024;
/** The largest payload of a UDP datagram over IPv4. */
const datagramBytesMax = 65_507;
/** Far above any useful count. */
const countMax = 2 ** 31 - 1;

const aboveZeroMs = milliseconds({ min: 1 });
const zeroOrMoreMs = milliseconds({ min: 0 });
const oneOrMore = wholeNumber({ min: 1, max: countMax });
const zeroOrMore = wholeNumber({ min: 0, max: countMax });

function setting(
  name: keyof GossipTiming,
  kind: Kind<number>,
  source: string,
  ...aliases: string[]
): Row<number> {
  const { lan, wan, local } = profileTimings;
  const [lanText, wanText, localText] = [lan[name], wan[name], local[name]].map((value) =>
    value.toLocaleString('en'),
  );
  const isSame = lanText === wanText && lanText === localText;
  const otherwise = isSame ? `${lanText}` : `${lanText} (lan), ${wanText} (wan), ${localText} (local)`;
  return { kind, otherwise, source, aliases };
}

/** The settings of `timing`. Their defaults are those of the profile. */
export const timingRows = {
  probeIntervalMs: setting('probeIntervalMs', aboveZeroMs, 'memberlist config.go ProbeInterval'),
  probeTimeoutMs: setting('probeTimeoutMs', aboveZeroMs, 'memberlist config.go ProbeTimeout'),
  indirectChecks: setting('indirectChecks', zeroOrMore, 'memberlist config.go IndirectChecks'),
  streamTimeoutMs: setting('streamTimeoutMs', aboveZeroMs, 'memberlist config.go TCPTimeout', 'tcpTimeout'),
  retransmitMult: setting('retransmitMult', oneOrMore, 'memberlist config.go RetransmitMult'),
  suspicionMult: setting('suspicionMult', oneOrMore, 'memberlist config.go SuspicionMult'),
  suspicionMaxTimeoutMult: setting(
    'suspicionMaxTimeoutMult',
    oneOrMore,
    'memberlist config.go SuspicionMaxTimeoutMult',
  ),
  pushPullIntervalMs: setting('pushPullIntervalMs', zeroOrMoreMs, 'memberlist config.go PushPullInterval'),
  gossipIntervalMs: setting('gossipIntervalMs', aboveZeroMs, 'memberlist config.go GossipInterval'),
  gossipNodes: setting('gossipNodes', oneOrMore, 'memberlist config.go GossipNodes', 'fanout'),
  gossipToTheDeadMs: setting('gossipToTheDeadMs', zeroOrMoreMs, 'memberlist config.go GossipToTheDeadTime'),
  deadNodeReclaimMs: setting('deadNodeReclaimMs', zeroOrMoreMs, 'memberlist config.go DeadNodeReclaimTime'),
  awarenessMaxMultiplier: setting(
    'awarenessMaxMultiplier',
    oneOrMore,
    'memberlist config.go AwarenessMaxMultiplier',
  ),
  packetBytesMax: setting(
    'packetBytesMax',
    byteCount({ min: packetBytesMin, max: datagramBytesMax }),
    'memberlist config.go UDPBufferSize',
    'udpBufferSize',
    'mtu',
  ),
  broadcastTimeoutMs: setting('broadcastTimeoutMs', aboveZeroMs, 'serf config.go BroadcastTimeout'),
  leavePropagateDelayMs: setting('leavePropagateDelayMs', zeroOrMoreMs, 'serf config.go LeavePropagateDelay'),
  reapIntervalMs: setting('reapIntervalMs', aboveZeroMs, 'serf config.go ReapInterval'),
  recentIntentTimeoutMs: setting('recentIntentTimeoutMs', aboveZeroMs, 'serf config.go RecentIntentTimeout'),
  reconnectIntervalMs: setting('reconnectIntervalMs', aboveZeroMs, 'serf config.go ReconnectInterval'),
  reconnectTimeoutMs: setting('reconnectTimeoutMs', aboveZeroMs, 'serf config.go ReconnectTimeout'),
  tombstoneTimeoutMs: setting('tombstoneTimeoutMs', aboveZeroMs, 'serf config.go TombstoneTimeout'),
  queueCheckIntervalMs: setting('queueCheckIntervalMs', aboveZeroMs, 'serf config.go QueueCheckInterval'),
  queueDepthWarning: setting('queueDepthWarning', oneOrMore, 'serf config.go QueueDepthWarning'),
  queueDepthMax: setting('queueDepthMax', oneOrMore, 'serf config.go MaxQueueDepth', 'maxQueueDepth'),
  queueDepthMin: setting('queueDepthMin', zeroOrMore, 'serf config.go MinQueueDepth', 'minQueueDepth'),
} satisfies RowsOf<GossipTiming>;
