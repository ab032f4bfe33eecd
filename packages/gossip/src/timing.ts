/**
 * Every duration and multiplier of the protocol. Times are in milliseconds. Where a default has three values, the
 * profile decides. Sources: memberlist config.go, serf config.go.
 */
export interface GossipTiming {
  /**
   * How often one member is chosen and pinged.
   * Milliseconds. Default: 1,000 (lan), 5,000 (wan), 1,000 (local). Source: memberlist config.go ProbeInterval.
   */
  readonly probeIntervalMs: number;
  /**
   * How long a ping waits for its ack before other members are asked to ping; no longer than `probeIntervalMs`, or
   * nobody is asked.
   * Milliseconds. Default: 500 (lan), 3,000 (wan), 200 (local). Source: memberlist config.go ProbeTimeout.
   */
  readonly probeTimeoutMs: number;
  /**
   * How many other members are asked to ping one that gave no ack; 0 asks nobody.
   * Default: 3 (lan), 3 (wan), 1 (local). Source: memberlist config.go IndirectChecks.
   */
  readonly indirectChecks: number;
  /**
   * How long a connection may live: an exchange of state, a ping over TCP. It bounds `join` as well.
   * Milliseconds. Default: 10,000 (lan), 30,000 (wan), 1,000 (local). Source: memberlist config.go TCPTimeout.
   */
  readonly streamTimeoutMs: number;
  /**
   * A broadcast is sent `retransmitMult` × ceil(log10(members + 1)) times by each member. memberlist's 2 for `local`
   * loses events in small pools (ADR 0010).
   * Default: 4. Source: memberlist config.go RetransmitMult.
   */
  readonly retransmitMult: number;
  /**
   * The shortest time of a suspicion is `suspicionMult` × log10(members), at least 1, × `probeIntervalMs`;
   * `suspicionMult` − 2 confirmations of other members shorten it to that.
   * Default: 4 (lan), 6 (wan), 3 (local). Source: memberlist config.go SuspicionMult.
   */
  readonly suspicionMult: number;
  /**
   * A suspicion lasts at most so many times its shortest time; 1 is plain SWIM's fixed time.
   * Default: 6. Source: memberlist config.go SuspicionMaxTimeoutMult.
   */
  readonly suspicionMaxTimeoutMult: number;
  /**
   * How often full state is exchanged with one member, less often in pools above 32; 0 turns it off.
   * Milliseconds. Default: 30,000 (lan), 60,000 (wan), 15,000 (local). Source: memberlist config.go PushPullInterval.
   */
  readonly pushPullIntervalMs: number;
  /**
   * How often broadcasts are sent to a few members.
   * Milliseconds. Default: 200 (lan), 500 (wan), 100 (local). Source: memberlist config.go GossipInterval.
   */
  readonly gossipIntervalMs: number;
  /**
   * To how many members broadcasts are sent in each interval.
   * Default: 3 (lan), 4 (wan), 3 (local). Source: memberlist config.go GossipNodes.
   */
  readonly gossipNodes: number;
  /**
   * How long broadcasts are sent to a member after it has failed, so that it can refute.
   * Milliseconds. Default: 30,000 (lan), 60,000 (wan), 15,000 (local).
   * Source: memberlist config.go GossipToTheDeadTime.
   */
  readonly gossipToTheDeadMs: number;
  /**
   * How long a failed member's name is protected from a new address; 0 protects it for ever.
   * Milliseconds. Default: 0. Source: memberlist config.go DeadNodeReclaimTime.
   */
  readonly deadNodeReclaimMs: number;
  /**
   * Lifeguard's local health goes from 0 to this less 1, and stretches our probes by itself plus 1.
   * Default: 8. Source: memberlist config.go AwarenessMaxMultiplier.
   */
  readonly awarenessMaxMultiplier: number;
  /**
   * The largest datagram that we send, 1,024 to 65,507; what is received may be larger.
   * Bytes. Default: 1,400. Source: memberlist config.go UDPBufferSize.
   */
  readonly packetBytesMax: number;
  /**
   * How long `leave`, `forceLeave` and `setTags` wait until their broadcast has been sent often enough.
   * Milliseconds. Default: 5,000. Source: serf config.go BroadcastTimeout.
   */
  readonly broadcastTimeoutMs: number;
  /**
   * How long `leave` still answers afterwards, so that the others hear of it.
   * Milliseconds. Default: 1,000. Source: serf config.go LeavePropagateDelay.
   */
  readonly leavePropagateDelayMs: number;
  /**
   * How often it is checked whether a failed or left member is to be erased.
   * Milliseconds. Default: 15,000. Source: serf config.go ReapInterval.
   */
  readonly reapIntervalMs: number;
  /**
   * How long a join or leave of a member that is not known yet is remembered.
   * Milliseconds. Default: 300,000. Source: serf config.go RecentIntentTimeout.
   */
  readonly recentIntentTimeoutMs: number;
  /**
   * How often a failed member is tried again.
   * Milliseconds. Default: 30,000. Source: serf config.go ReconnectInterval.
   */
  readonly reconnectIntervalMs: number;
  /**
   * How long a failed member is kept and tried before it is erased.
   * Milliseconds. Default: 86,400,000. Source: serf config.go ReconnectTimeout.
   */
  readonly reconnectTimeoutMs: number;
  /**
   * How long a member that left is kept before it is erased.
   * Milliseconds. Default: 86,400,000. Source: serf config.go TombstoneTimeout.
   */
  readonly tombstoneTimeoutMs: number;
  /**
   * How often the lengths of the queues of broadcasts are checked.
   * Milliseconds. Default: 30,000. Source: serf config.go QueueCheckInterval.
   */
  readonly queueCheckIntervalMs: number;
  /**
   * A queue longer than this is warned of in the log.
   * Default: 128. Source: serf config.go QueueDepthWarning.
   */
  readonly queueDepthWarning: number;
  /**
   * A queue longer than this loses the broadcasts that were sent most often.
   * Default: 4,096. Source: serf config.go MaxQueueDepth.
   */
  readonly queueDepthMax: number;
  /**
   * When above 0, the bound is max(queueDepthMin, 2 × members) instead of `queueDepthMax`.
   * Default: 0. Source: serf config.go MinQueueDepth.
   */
  readonly queueDepthMin: number;
}
