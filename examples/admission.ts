/**
 * Who may be a member: every pool has an admission policy of its own. Here each member refuses candidates of another
 * datacenter, and the refused one learns the reason.
 *
 *     node examples/dist/admission.js
 */
import { type AdmissionPolicy, createGossip, formatAddress, GossipError } from '@hobnob/gossip';

/** Admits all (undefined), or refuses with a reason that the joining member reads. */
const sameDatacenter: AdmissionPolicy = (candidates) => {
  const stranger = candidates.find(({ status, tags }) => status === 'alive' && tags['dc'] !== 'east');
  return stranger && `member ${stranger.name} is of datacenter ${stranger.tags['dc'] ?? 'unknown'}, not east`;
};

const member = (name: string, dc: string, admission?: AdmissionPolicy) =>
  createGossip({
    name,
    profile: 'local',
    bind: { host: '127.0.0.1', port: 0 },
    tags: { dc },
    ...(admission && { admission }),
  });

const first = await member('east-1', 'east', sameDatacenter);
const second = await member('east-2', 'east', sameDatacenter);
const stranger = await member('west-1', 'west');
try {
  const seed = formatAddress(first.bindAddress);
  await second.join([seed]);
  await stranger.join([seed]).catch((error: unknown) => {
    if (!(error instanceof GossipError)) throw error;
    process.stdout.write(`west-1 is refused: ${error.message}\n`);
  });
  const names = first.members().map(({ name }) => name);
  process.stdout.write(`the pool has ${names.join(' and ')}\n`);
  if (names.includes('west-1')) throw new Error('west-1 was admitted');
} finally {
  await Promise.all([first, second, stranger].map((each) => each.close()));
}
