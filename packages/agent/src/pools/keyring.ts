import type { KeyringRecord } from '@hobnob/catalog/records';
import type { Gossip, KeyReport } from '@hobnob/gossip';
import { errorCode } from '@hobnob/gossip/files';
import type { KeyringMissed, KeyringPort } from '../agent-port.ts';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';
import { fromGossipError } from './gossip-errors.ts';

/** How many failed members of a pool an answer names. */
const missedShownMax = 100;

export interface KeyringParts {
  readonly config: Pick<AgentConfig, 'server' | 'datacenter'>;
  readonly lan: Gossip;
  readonly wan: Gossip | undefined;
}

/** One pool to send key requests to. */
interface KeyPool {
  /** As errors name it. */
  readonly label: string;
  readonly isWan: boolean;
  readonly gossip: Gossip;
}

/** The answers of one pool, with one line for each fault. */
interface KeyOutcome {
  readonly pool: KeyPool;
  readonly report: KeyReport | undefined;
  readonly faults: readonly string[];
}

type KeyQuestion = 'list' | 'install' | 'use' | 'remove';

/**
 * The keys of the agent's pools, of servers only, as in Consul: the WAN and the LAN of this datacenter. The LANs of
 * other datacenters are asked by their own servers. Source: Consul agent/consul/operator and agent/keyring.go.
 */
export class Keyring implements KeyringPort {
  readonly #parts: KeyringParts;

  constructor(parts: KeyringParts) {
    this.#parts = parts;
  }

  async list({
    localOnly,
    relayFactor,
  }: {
    readonly localOnly: boolean;
    readonly relayFactor: number;
  }): Promise<readonly KeyringRecord[]> {
    const pools = this.#pools().filter(({ isWan }) => !(localOnly && isWan));
    const outcomes = await this.#askAll(pools, 'list', ({ keys }) => keys.list({ relayFactor }));
    return outcomes.flatMap(({ pool, report }) =>
      report === undefined ? [] : [toRecord(pool, report, this.#parts.config.datacenter)],
    );
  }

  async change(
    operation: 'install' | 'use' | 'remove',
    key: string,
    { relayFactor }: { readonly relayFactor: number },
  ): Promise<readonly KeyringMissed[]> {
    const ask = ({ keys }: Gossip): Promise<KeyReport> => keys[operation](key, { relayFactor });
    const outcomes = await this.#askAll(this.#pools(), operation, ask);
    return outcomes.flatMap(({ pool, report }) => {
      const { missedBy = [] } = report ?? {};
      const Members = missedBy.slice(0, missedShownMax);
      const { datacenter: Datacenter } = this.#parts.config;
      return missedBy.length === 0 ? [] : [{ WAN: pool.isWan, Datacenter, Count: missedBy.length, Members }];
    });
  }

  #pools(): readonly KeyPool[] {
    const { config, lan, wan } = this.#parts;
    if (!config.server) {
      throw new AgentError('AGENT_KEYRING', 'keyring operations must run against a server node');
    }
    return [
      ...(wan === undefined ? [] : [{ label: 'WAN', isWan: true, gossip: wan }]),
      { label: `${config.datacenter} (LAN)`, isWan: false, gossip: lan },
    ];
  }

  /** @throws AgentError AGENT_KEYRING when any pool reports a fault, AGENT_CLOSED. */
  async #askAll(
    pools: readonly KeyPool[],
    question: KeyQuestion,
    ask: (gossip: Gossip) => Promise<KeyReport>,
  ): Promise<readonly KeyOutcome[]> {
    const outcomes = await Promise.all(pools.map((pool) => askPool(pool, question, ask)));
    const faults = outcomes.flatMap((outcome) => outcome.faults);
    if (faults.length === 0) return outcomes;
    const count = faults.length === 1 ? '1 error occurred' : `${faults.length} errors occurred`;
    throw new AgentError('AGENT_KEYRING', `${count}:\n${faults.map((fault) => `\t* ${fault}\n`).join('')}\n`);
  }
}

async function askPool(
  pool: KeyPool,
  question: KeyQuestion,
  ask: (gossip: Gossip) => Promise<KeyReport>,
): Promise<KeyOutcome> {
  try {
    const report = await ask(pool.gossip);
    return { pool, report, faults: faultsOf(pool, report) };
  } catch (error) {
    return { pool, report: undefined, faults: refusal(pool, question, error) };
  }
}

/** Source: serf keymanager.go streamKeyResp. */
function faultsOf({ label }: KeyPool, { nodes, responded, failed, messages }: KeyReport): readonly string[] {
  const counts =
    failed > 0
      ? `${failed}/${nodes} nodes reported failure`
      : responded < nodes
        ? `${responded}/${nodes} nodes reported success`
        : undefined;
  if (counts === undefined) return [];
  return [
    `${label} error: ${counts}`,
    ...Object.entries(messages).map(([member, message]) => `${member}: ${message}`),
  ];
}

/** Why no key request was sent, in the words of a real server where it has some. */
function refusal({ label, gossip }: KeyPool, question: KeyQuestion, error: unknown): readonly string[] {
  const code = errorCode(error);
  if (code === 'GOSSIP_NO_KEYRING') {
    const reason = question === 'list' ? 'Keyring is empty' : 'No keyring to modify';
    return [
      `${label} error: 1/1 nodes reported failure`,
      `${gossip.name}: ${reason} (encryption not enabled)`,
    ];
  }
  if (error instanceof Error && code === 'GOSSIP_KEY') return [`${label} error: ${error.message}`];
  throw fromGossipError(error);
}

function toRecord({ isWan }: KeyPool, report: KeyReport, datacenter: string): KeyringRecord {
  const { nodes, messages, keys, primaryKeys } = report;
  return {
    WAN: isWan,
    Datacenter: datacenter,
    Segment: '',
    Messages: messages,
    Keys: keys,
    PrimaryKeys: primaryKeys,
    NumNodes: nodes,
  };
}
