import { PeerStreams } from '../../src/io/peer-streams.ts';
import { poolProbeRequest } from '../../src/swim/push-pull/push-pull.ts';
import { seededEntropy, seededRng, type TestCluster } from '../../src/testing/index.ts';
import type { Keyring } from '../../src/wire/encryption.ts';
import type { PushPull, PushPullNode } from '../../src/wire/swim-messages.ts';
import { idOf } from './ids.ts';

const observer = { host: '10.254.0.1', port: 7946 };

/** The rows of a member's table, as its push/pulls send them, by name. */
export type PoolTable = ReadonlyMap<string, PushPullNode>;

/**
 * Asks every running member for its state, as any peer may (with the pool's key, if it has one), telling nothing.
 * @throws Error when a member does not answer within five seconds of virtual time.
 */
export async function poolTables(
  pool: TestCluster,
  keyring?: Keyring,
): Promise<ReadonlyMap<string, PoolTable>> {
  const answers = new Map<number, PushPull>();
  const { packets, streams } = pool.network.host(observer);
  const security = {
    keyring,
    verifyIncoming: true,
    verifyOutgoing: true,
    label: '',
    skipInboundLabelCheck: false,
    compression: false,
  };
  const pushPulls = new PeerStreams({
    streams,
    security,
    entropy: seededEntropy(seededRng(pool.seed)),
    traffic: {
      streamDropped: (error) => {
        throw error;
      },
      streamBytes: () => undefined,
    },
    feed: (input) => {
      if (input.type === 'push-pull-reply') answers.set(input.streamId, input.state);
    },
  });
  const names = pool.running;
  for (const [i, name] of names.entries())
    pushPulls.begin(idOf(i), pool.addressOf(name), poolProbeRequest, 5_000);
  await pool.advanceUntil(() => answers.size === names.length, 5_000);
  await Promise.all([packets.close(), streams.close()]);
  return new Map(names.map((name, i) => [name, tableOf(answers.get(i))]));
}

function tableOf(state: PushPull | undefined): PoolTable {
  return new Map((state?.nodes ?? []).map((node) => [node.name, node]));
}
