import { callsOf, logOf } from './child-calls.ts';
import { goPeerProgram } from './go-peer-program.ts';
import { byName, type Peer, type PeerMember } from './peer.ts';
import { PeerProcess } from './peer-process.ts';

export interface GoPeerOptions {
  readonly name: string;
  /** A loopback address of its own; gossip on 7946 of it. */
  readonly host: string;
  /** Default `local`, which finds a failure within seconds. */
  readonly profile?: 'lan' | 'wan' | 'local';
  readonly tags?: Readonly<Record<string, string>>;
  readonly label?: string;
  readonly skipInboundLabelCheck?: boolean;
  /** Base64 of a key of 16, 24 or 32 bytes. */
  readonly encrypt?: string;
  /** Default true. */
  readonly compression?: boolean;
  /** memberlist alone: it knows who is alive, and neither tags nor departures. Default false. */
  readonly pure?: boolean;
}

/** An event or query that a node of the newest serf received. */
export interface Received {
  readonly kind: 'event' | 'query';
  readonly name: string;
  readonly payload: string;
}

/** A node of the newest serf, or of the newest memberlist alone. */
export interface GoPeer extends Peer {
  setTags(tags: Readonly<Record<string, string>>): Promise<void>;
  userEvent(name: string, payload: string): Promise<void>;
  /** Queries all members; returns the responses by member. A node of this kind responds "pong". */
  query(name: string, payload: string): Promise<Readonly<Record<string, string>>>;
  received(): Promise<readonly Received[]>;
}

function argsOf(options: GoPeerOptions): string[] {
  const { name, host, profile, tags = {}, label, encrypt } = options;
  const { skipInboundLabelCheck = false, compression = true, pure = false } = options;
  return [
    `-name=${name}`,
    `-host=${host}`,
    ...(profile === undefined ? [] : [`-profile=${profile}`]),
    ...Object.entries(tags).map(([key, value]) => `-tag=${key}=${value}`),
    ...(label === undefined ? [] : [`-label=${label}`]),
    ...(encrypt === undefined ? [] : [`-encrypt=${encrypt}`]),
    `-skip-inbound-label-check=${skipInboundLabelCheck}`,
    `-compression=${compression}`,
    `-pure=${pure}`,
  ];
}

/** Starts a node of the newest serf or memberlist and waits until it listens. */
export async function startGoPeer(options: GoPeerOptions): Promise<GoPeer> {
  const command = goPeerProgram;
  if (command === undefined) throw new Error('the node of the newest serf is not built');
  const child = await PeerProcess.start(() => ({ command, args: argsOf(options), stdin: 'pipe' }));
  try {
    await child.waitForLine(/^ready$/);
  } catch (error) {
    await child.dispose();
    throw error;
  }
  const call = callsOf(child);
  return {
    name: options.name,
    pid: child.pid,
    address: `${options.host}:7946`,
    members: async () => ((await call('members')) as readonly PeerMember[]).toSorted(byName),
    join: async (address) => {
      await call('join', address);
    },
    leave: async () => {
      await call('leave');
      await child.kill('SIGKILL');
    },
    forceLeave: async (name, { prune = false } = {}) => {
      await call('forceLeave', name, prune);
    },
    setTags: async (tags) => {
      await call('setTags', tags);
    },
    userEvent: async (name, payload) => {
      await call('userEvent', name, payload);
    },
    query: async (name, payload) => (await call('query', name, payload)) as Readonly<Record<string, string>>,
    received: async () => (await call('received')) as readonly Received[],
    crash: () => child.kill('SIGKILL'),
    logTail: () => logOf(child).slice(-25).join('\n'),
    log: () => logOf(child),
    dispose: () => child.dispose(),
  };
}
