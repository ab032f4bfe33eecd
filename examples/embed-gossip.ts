/**
 * The smallest pool: two members in one process on loopback. Give a seed to join a real Serf pool instead:
 *
 *     node examples/dist/embed-gossip.js 127.0.0.1:7946
 */
import { createGossip, formatAddress, type MemberEvent } from '@hobnob/gossip';

const [seed] = process.argv.slice(2);

function describe(event: MemberEvent): string {
  return `${event.type}: ${event.members.map(({ name, address }) => `${name} ${formatAddress(address)}`).join(', ')}`;
}

const first = await createGossip({
  name: 'web-1',
  bind: { host: '127.0.0.1', port: 0 },
  tags: { role: 'web' },
});
const second = await createGossip({
  name: 'web-2',
  bind: { host: '127.0.0.1', port: 0 },
  tags: { role: 'web' },
});
const stopPrinting = first.on('member-join', (event) => process.stdout.write(`${describe(event)}\n`));

try {
  await second.join([formatAddress(first.bindAddress)]);
  if (seed !== undefined) await first.join([seed]);
  for (const { name, status, tags } of first.members()) {
    process.stdout.write(`${name} is ${status} with ${JSON.stringify(tags)}\n`);
  }
  await second.leave();
} finally {
  stopPrinting();
  await Promise.all([first.close(), second.close()]);
}
