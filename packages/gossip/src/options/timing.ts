/**
 * The durations and multipliers of the protocol. A default with three values depends on the profile. Sources:
 * memberlist config.go, serf config.go.
 */
export interface GossipTiming {
  /**
   * The protocol period: how often a member probes another one.
   * Milliseconds. Default: 1,000 (lan), 5,000 (wan), 1,000 (local). Source: memberlist config.go ProbeInterval.
   */
  readonly probeIntervalMs: number;
  /**
   * How long a ping waits for its ack before indirect pings are sent. From `probeIntervalMs` on none are sent.
   * Milliseconds. Default: 500 (lan), 3,000 (wan), 200 (local). Source: memberlist config.go ProbeTimeout.
   */
  readonly probeTimeoutMs: number;
  /**
   * How many members are asked for an indirect ping of a member that did not ack; 0 turns indirect pings off.
   * Default: 3 (lan), 3 (wan), 1 (local). Source: memberlist config.go IndirectChecks.
   */
  readonly indirectChecks: number;
  /**
   * The longest time of a stream: a push/pull or a stream ping. It is also the default bound of an attempt to join.
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
   * The longest time of a suspicion is this many times its shortest; 1 is the fixed time of SWIM.
   * Default: 6. Source: memberlist config.go SuspicionMaxTimeoutMult.
   */
  readonly suspicionMaxTimeoutMult: number;
  /**
   * How often a push/pull with a random member begins, less often in pools above 32 members; 0 turns them off.
   * Milliseconds. Default: 30,000 (lan), 60,000 (wan), 15,000 (local). Source: memberlist config.go PushPullInterval.
   */
  readonly pushPullIntervalMs: number;
  /**
   * The time between two gossip rounds.
   * Milliseconds. Default: 200 (lan), 500 (wan), 100 (local). Source: memberlist config.go GossipInterval.
   */
  readonly gossipIntervalMs: number;
  /**
   * The number of members that a gossip round sends broadcasts to.
   * Default: 3 (lan), 4 (wan), 3 (local). Source: memberlist config.go GossipNodes.
   */
  readonly gossipNodes: number;
  /**
   * How long broadcasts are sent to a failed member, so that it can refute.
   * Milliseconds. Default: 30,000 (lan), 60,000 (wan), 15,000 (local).
   * Source: memberlist config.go GossipToTheDeadTime.
   */
  readonly gossipToTheDeadMs: number;
  /**
   * How long a failed member's name cannot be reclaimed from a new address; 0 is for ever.
   * Milliseconds. Default: 0. Source: memberlist config.go DeadNodeReclaimTime.
   */
  readonly deadNodeReclaimMs: number;
  /**
   * Lifeguard's local health goes from 0 to this minus 1; probe times are multiplied by local health plus 1.
   * Default: 8. Source: memberlist config.go AwarenessMaxMultiplier.
   */
  readonly awarenessMaxMultiplier: number;
  /**
   * The largest datagram that is sent, 1,024 to 65,507; received ones may be larger.
   * Bytes. Default: 1,400. Source: memberlist config.go UDPBufferSize.
   */
  readonly packetBytesMax: number;
  /**
   * How long `leave`, `forceLeave` and `setTags` wait for their broadcast to reach its retransmit limit.
   * Milliseconds. Default: 5,000. Source: serf config.go BroadcastTimeout.
   */
  readonly broadcastTimeoutMs: number;
  /**
   * How long a member still answers after the broadcasts of its `leave`, so that they propagate.
   * Milliseconds. Default: 1,000. Source: serf config.go LeavePropagateDelay.
   */
  readonly leavePropagateDelayMs: number;
  /**
   * How often failed and left members whose time is over are reaped.
   * Milliseconds. Default: 15,000. Source: serf config.go ReapInterval.
   */
  readonly reapIntervalMs: number;
  /**
   * How long a join or leave intent of an unknown member is remembered.
   * Milliseconds. Default: 300,000. Source: serf config.go RecentIntentTimeout.
   */
  readonly recentIntentTimeoutMs: number;
  /**
   * How often a reconnect to a failed member may be attempted.
   * Milliseconds. Default: 30,000. Source: serf config.go ReconnectInterval.
   */
  readonly reconnectIntervalMs: number;
  /**
   * How long a failed member is kept, and reconnects to it are attempted, before it is reaped.
   * Milliseconds. Default: 86,400,000. Source: serf config.go ReconnectTimeout.
   */
  readonly reconnectTimeoutMs: number;
  /**
   * How long a left member is kept before it is reaped.
   * Milliseconds. Default: 86,400,000. Source: serf config.go TombstoneTimeout.
   */
  readonly tombstoneTimeoutMs: number;
  /**
   * How often the depths of the broadcast queues are checked.
   * Milliseconds. Default: 30,000. Source: serf config.go QueueCheckInterval.
   */
  readonly queueCheckIntervalMs: number;
  /**
   * A broadcast queue deeper than this is logged as a warning.
   * Default: 128. Source: serf config.go QueueDepthWarning.
   */
  readonly queueDepthWarning: number;
  /**
   * A broadcast queue deeper than this drops the broadcasts that were sent most often.
   * Default: 4,096. Source: serf config.go MaxQueueDepth.
   */
  readonly queueDepthMax: number;
  /**
   * When above 0, the bound of the queues is max(queueDepthMin, 2 × members) instead of `queueDepthMax`.
   * Default: 0. Source: serf config.go MinQueueDepth.
   */
  readonly queueDepthMin: number;
}
