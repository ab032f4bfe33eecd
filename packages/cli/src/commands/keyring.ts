import type { KeyringMissedRow, KeyringRow } from '@hobnob/agent/client';
import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { refuseUsage } from '../wrong-usage.ts';
import { askAgent } from './ask-agent.ts';

const relayFactorMax = 5;
const missedShownMax = 20;
/** The line printed before a change is requested. */
const changes = {
  install: 'Installing new gossip encryption key...',
  use: 'Changing primary gossip encryption key...',
  remove: 'Removing gossip encryption key...',
} as const;

/** `keyring`: the gossip keys of the pools. */
export const keyringCommand = defineCommand({
  name: 'keyring',
  synopsis: 'Manages gossip layer encryption keys',
  usage: 'keyring [options]',
  paragraphs: [
    'Lists and changes the keys that encrypt gossip, on all members of the LAN and of the WAN. To rotate: -install the new key, -use it, -remove the old one. A server has to be asked.',
    'Exits with 0 when all members have answered and none has failed, with 1 otherwise.',
  ],
  flags: [
    ...apiFlags,
    {
      name: 'install',
      kind: 'string',
      placeholder: 'string',
      description:
        'Install a new encryption key. This will broadcast the new key to all members in the cluster.',
    },
    { name: 'list', kind: 'bool', description: 'List all keys currently in use within the cluster.' },
    {
      name: 'list-primary',
      kind: 'bool',
      description: 'List all primary keys currently in use within the cluster.',
    },
    {
      name: 'local-only',
      kind: 'bool',
      description: "Asks only the LAN of the agent's own datacenter. Only when keys are listed.",
    },
    {
      name: 'relay-factor',
      kind: 'int',
      placeholder: 'int',
      description: 'Through how many other members answers are sent besides the direct way: 0 to 5.',
    },
    {
      name: 'remove',
      kind: 'string',
      placeholder: 'string',
      description: 'Removes a key from all members. The one in use cannot be removed.',
    },
    {
      name: 'use',
      kind: 'string',
      placeholder: 'string',
      description: 'Encrypts with this key from now on. It must be installed.',
    },
  ],
  async run({ flags, help, io }) {
    const isList = flags.list === true || flags['list-primary'] === true;
    const actions = [flags.list, flags['list-primary'], flags.install, flags.use, flags.remove].filter(
      (given) => given !== undefined && given !== false && given !== '',
    );
    const refuse = (text: string): number => {
      io.stderr(text);
      return exitFailure;
    };
    if (actions.length === 0) {
      return refuseUsage(io, help, 'One of -install, -list, -list-primary, -remove and -use must be given');
    }
    if (actions.length > 1) return refuse('Only a single action is allowed\n');
    const relayFactor = flags['relay-factor'] ?? 0;
    if (relayFactor < 0 || relayFactor > relayFactorMax) {
      const range = `[0, ${relayFactorMax}]`;
      return refuse(`Error parsing relay factor: Relay factor must be in range: ${range}\n`);
    }
    const localOnly = flags['local-only'] ?? false;
    if (localOnly && !isList) {
      return refuse('Error validating local-only: local-only can only be set for list requests\n');
    }
    return askAgent(io, flags, 'error', async (client) => {
      if (isList) {
        const isPrimary = flags['list-primary'] === true;
        io.stdout(`==> Gathering installed ${isPrimary ? 'primary ' : ''}encryption keys...\n`);
        const rows = await client.listKeys({ relayFactor, localOnly });
        io.stdout(rows.map((row) => formatRow(row, isPrimary ? row.PrimaryKeys : row.Keys)).join(''));
        return exitOk;
      }
      for (const operation of ['install', 'use', 'remove'] as const) {
        const key = flags[operation] ?? '';
        if (key === '') continue;
        io.stdout(`==> ${changes[operation]}\n`);
        const missed = await client.changeKeys(operation, key, { relayFactor });
        io.stderr(missed.map(formatMissed).join(''));
      }
      return exitOk;
    });
  },
});

/** A rotation continues without failed members, which rarely return; the operator has to know those that may. */
function formatMissed({ WAN, Datacenter, Count, Members }: KeyringMissedRow): string {
  const shown = Members.slice(0, missedShownMax)
    .map((name) => JSON.stringify(name))
    .join(', ');
  const more = Count > missedShownMax ? `, and ${Count - missedShownMax} more` : '';
  return (
    `Warning: failed members of ${WAN ? 'the WAN' : `${Datacenter} (LAN)`} missed the change: ${shown}${more}\n` +
    '  Once the pool encrypts with a key that they lack, they cannot rejoin until their key ring file holds it.\n'
  );
}

function formatRow(
  { WAN, Datacenter, Segment, Messages, NumNodes }: KeyringRow,
  keys: KeyringRow['Keys'],
): string {
  const segment = Segment === '' ? '' : ` [${printable(Segment)}]`;
  const pool = WAN ? 'WAN' : `${printable(Datacenter)} (LAN)${segment}`;
  return [
    `\n${pool}:\n`,
    ...Object.entries(Messages ?? {}).map(
      ([member, message]) => `  ===> ${printable(member)}: ${printable(message)}\n`,
    ),
    ...Object.entries(keys).map(([key, count]) => `  ${printable(key)} [${count}/${NumNodes}]\n`),
  ].join('');
}
