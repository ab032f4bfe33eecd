/**
 * What ours does beyond memberlist, each against one harm (ADR 0010):
 * - `reconnect-pings`: pings lost members by name, and resyncs with a lost member that pings us;
 * - `corrections`: notifies a member of an outdated claim about it;
 * - `address-checks`: pings both addresses before a name moves from one to the other;
 * - `stall-compensation`: postpones deadlines that this process missed because it was late itself;
 * - `push-pull-fallback`: sends updates by push/pull to members that datagrams do not reach;
 * - `suspicion-notices`: notifies a suspect before its verdict, and refutes towards a peer with an outdated claim;
 * - `mass-join-push-pull`: one push/pull more after many members have joined at once;
 * - `named-push-pulls`: push/pulls only with a process that answers to the member's name;
 * - `second-confirmation`: a member is dead only after a failed check of our own or claims by two members.
 */
export const extensions = [
  'reconnect-pings',
  'corrections',
  'address-checks',
  'stall-compensation',
  'push-pull-fallback',
  'suspicion-notices',
  'mass-join-push-pull',
  'named-push-pulls',
  'second-confirmation',
] as const;
export type Extension = (typeof extensions)[number];

/** Which parts of the protocol a failure detector runs. In any real pool all of them. */
export interface Features {
  /** Lifeguard's buddy system: the ping of a suspect carries the suspicion. */
  readonly buddySystem: boolean;
  readonly reconnectPings: boolean;
  readonly corrections: boolean;
  readonly addressChecks: boolean;
  readonly stallCompensation: boolean;
  readonly pushPullFallback: boolean;
  readonly suspicionNotices: boolean;
  readonly massJoinPushPulls: boolean;
  readonly namedPushPulls: boolean;
  /** Needs suspicion notices: they are the check of our own. */
  readonly secondConfirmation: boolean;
}

/** The one place where a configuration turns something off. */
export function resolveFeatures({
  buddySystem,
  disabledExtensions,
}: {
  readonly buddySystem?: 'off';
  readonly disabledExtensions?: ReadonlySet<Extension>;
}): Features {
  const isOn = (extension: Extension): boolean => disabledExtensions?.has(extension) !== true;
  return {
    buddySystem: buddySystem !== 'off',
    reconnectPings: isOn('reconnect-pings'),
    corrections: isOn('corrections'),
    addressChecks: isOn('address-checks'),
    stallCompensation: isOn('stall-compensation'),
    pushPullFallback: isOn('push-pull-fallback'),
    suspicionNotices: isOn('suspicion-notices'),
    massJoinPushPulls: isOn('mass-join-push-pull'),
    namedPushPulls: isOn('named-push-pulls'),
    secondConfirmation: isOn('second-confirmation') && isOn('suspicion-notices'),
  };
}
