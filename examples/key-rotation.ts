/**
 * Changes the gossip key of a running pool: install the new key, use it, remove the old one. Each step goes on only when
 * every member has confirmed the step before.
 *
 *     node examples/dist/key-rotation.js
 */
import { randomBytes } from 'node:crypto';
import { createGossip, formatAddress, type KeyReport } from '@hobnob/gossip';

const oldKey = randomBytes(32).toString('base64');
const newKey = randomBytes(32).toString('base64');
const member = (name: string) =>
  createGossip({
    name,
    profile: 'local',
    bind: { host: '127.0.0.1', port: 0 },
    // `keyringFile` here would keep the ring for the next start.
    encryption: { keys: [oldKey] },
  });

/** @throws Error when a member did not confirm: the next step could lock it out. */
function requireAll(step: string, { nodes, responded, failed, missedBy }: KeyReport): void {
  process.stdout.write(`${step}: ${responded - failed} of ${nodes} members confirmed\n`);
  if (responded < nodes || failed > 0 || missedBy.length > 0) throw new Error(`${step} is not complete`);
}

const members = await Promise.all(['one', 'two', 'three'].map(member));
const [first] = members;
if (first === undefined) throw new Error('no member was started');
try {
  const seed = formatAddress(first.bindAddress);
  await Promise.all(members.slice(1).map((other) => other.join([seed])));

  requireAll('install', await first.keys.install(newKey));
  requireAll('use', await first.keys.use(newKey));
  requireAll('remove', await first.keys.remove(oldKey));

  const { keys, nodes } = await first.keys.list();
  process.stdout.write(
    `the new key is on ${keys[newKey]} of ${nodes} rings, the old one on ${keys[oldKey] ?? 0}\n`,
  );
} finally {
  await Promise.all(members.map((each) => each.close()));
}
