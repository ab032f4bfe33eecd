import { type Address, formatAddress } from '../wire/address.ts';
import type { SwimMember } from './member-table.ts';
import { beginPushPull } from './push-pull.ts';
import { pickRandom } from './random.ts';
import type { SwimState } from './state.ts';
import type { StreamFailure } from './types.ts';

/** An exchange of state with a member of ours, wherever its address has gone. */
export interface NamedPushPull {
  readonly name: string;
  readonly to: Address;
  readonly intent: 'join' | 'sync';
  /** A stream ping ended without an ack. */
  readonly onDenial?: (failure: StreamFailure) => void;
}

/**
 * Exchanges state with the member of this name, if it is the one that listens at the address. An address may belong
 * to a process of another pool by now (containers, DHCP), and one exchange with that would merge the pools. So the
 * name is asked for first, by a datagram, and by a stream where no datagram is answered. memberlist does not ask.
 */
export function beginNamedPushPull(state: SwimState, wanted: NamedPushPull): void {
  const { config, table } = state;
  const { name, to, intent } = wanted;
  if (config.disabledExtensions?.has('named-push-pulls')) {
    beginPushPull(state, state.nextStreamId(), to, intent);
    return;
  }
  const member = table.get(name);
  if (member !== undefined && state.udpPaths.isLost(member)) {
    askOverStream(state, wanted);
    return;
  }
  state.namedPings.ask(state, {
    name,
    to,
    over: 'datagram',
    timeoutMs: config.timing.probeTimeoutMs,
    onAnswer: () => beginPushPull(state, state.nextStreamId(), to, intent),
    onSilence: () => askOverStream(state, wanted),
  });
}

function askOverStream(state: SwimState, { name, to, intent, onDenial }: NamedPushPull): void {
  if (state.leaving) return;
  const silent = (): void => {
    state.note('debug', 'no exchange of state: the member does not answer to its name at its address', {
      member: name,
      address: formatAddress(to),
    });
  };
  state.namedPings.ask(state, {
    name,
    to,
    over: 'stream',
    timeoutMs: state.config.timing.streamTimeoutMs,
    onAnswer: () => beginPushPull(state, state.nextStreamId(), to, intent),
    onSilence: silent,
    ...(onDenial === undefined ? {} : { onDenial }),
  });
}

/** The periodic exchange, with one live member chosen at random. Source: memberlist state.go pushPull. */
export function beginPeriodicPushPull(state: SwimState): void {
  const isPartner = (member: SwimMember): boolean =>
    member.state === 'alive' && member.name !== state.config.name;
  const [partner] = pickRandom(state.table.all, 1, state.rng, isPartner);
  if (partner === undefined) return;
  beginNamedPushPull(state, { name: partner.name, to: partner.address, intent: 'sync' });
}
