import { keyBytesText } from '../records/key-text.ts';
import { idKey, nameKey } from './keys.ts';

/**
 * Names of what an answer may depend on, as narrow as questions are. A commit lists the topics that it changed.
 * The tables' own names (`nodes`, `services`, `checks`, `coordinates`, `kvs`, `sessions`) are topics too: they change with every write
 * to the table.
 */
export type Topic = string;

const sessionStart = 'session:';

export const topics = {
  nodes: 'nodes',
  services: 'services',
  checks: 'checks',
  coordinates: 'coordinates',
  /** The last instance of some service is gone: what a question for a missing service waits for. */
  extinction: 'extinction',
  /** The instances of a service with their nodes and checks. */
  service: (name: string): Topic => `service:${nameKey(name)}`,
  /** The instances through which a service is reached over Connect, with their nodes and checks. */
  connect: (name: string): Topic => `connect:${nameKey(name)}`,
  /** A node's record and its services, without checks. */
  node: (name: string): Topic => `node:${nameKey(name)}`,
  nodeChecks: (name: string): Topic => `node-checks:${nameKey(name)}`,
  /** The checks that name a service. */
  serviceChecks: (name: string): Topic => `service-checks:${nameKey(name)}`,
  checkStatus: (status: string): Topic => `check-status:${status}`,
  /** Any change of a key or of a tombstone moves what a missing key and a list of all report. */
  kvs: 'kvs',
  tombstones: 'tombstones',
  sessions: 'sessions',
  /** One key, in the bytes of `keyBytesText`. */
  key: (key: string): Topic => `key:${keyBytesText(key)}`,
  /** All keys that begin with a text. Nobody changes it by this name: see watch/topic-map.ts. */
  keysUnder: (prefix: string): Topic => `keys-under:${keyBytesText(prefix)}`,
  /** Changed when all keys below a prefix go at once. Nobody follows it by this name. */
  keyTree: (prefix: string): Topic => `key-tree:${keyBytesText(prefix)}`,
  session: (id: string): Topic => `${sessionStart}${idKey(id)}`,
  nodeSessions: (node: string): Topic => `node-sessions:${nameKey(node)}`,
  coordinate: (node: string): Topic => `coordinate:${nameKey(node)}`,
} as const;

/** The key in the table of the session that a topic names; undefined for another topic. */
export function sessionIdOf(topic: Topic): string | undefined {
  return topic.startsWith(sessionStart) ? topic.slice(sessionStart.length) : undefined;
}
