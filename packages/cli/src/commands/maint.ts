import { type AgentClient, describeApiError, type HealthCheckRecord } from '@hobnob/agent/client';
import { apiFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { askAgent } from './ask-agent.ts';

/** `maint`: takes the agent's node or one of its services out of answers, and shows what is taken out. */
export const maintCommand = defineCommand({
  name: 'maint',
  synopsis: 'Controls node or service maintenance mode',
  usage: 'maint [options]',
  paragraphs: [
    'Puts the node of the agent, or with -service one of its services, into maintenance mode and back. In maintenance it is left out of the answers to those who look for healthy instances, because a critical check is registered for it; the reason is in the notes of that check.',
    'The mode lasts over restarts of the agent until it is disabled. Without -enable and -disable what is in maintenance is listed.',
  ],
  flags: [
    ...apiFlags,
    { name: 'disable', kind: 'bool', description: 'Disable maintenance mode.' },
    { name: 'enable', kind: 'bool', description: 'Enable maintenance mode.' },
    {
      name: 'reason',
      kind: 'string',
      placeholder: 'string',
      description: 'Text describing the maintenance reason.',
    },
    {
      name: 'service',
      kind: 'string',
      placeholder: 'string',
      description: 'Control maintenance mode for a specific service ID.',
    },
  ],
  async run({ flags, io }) {
    const { enable = false, disable = false, reason = '', service = '' } = flags;
    const refuse = (text: string): number => {
      io.stderr(`${text}\n`);
      return exitFailure;
    };
    if (enable && disable) return refuse('Only one of -enable or -disable may be provided');
    if (!enable && reason !== '') return refuse('Reason may only be provided with -enable');
    if (!enable && !disable && service !== '') return refuse('Service requires either -enable or -disable');
    if (enable || disable) {
      const subject = `${enable ? 'enabling' : 'disabling'} ${service === '' ? 'node' : 'service'} maintenance`;
      return askAgent(io, flags, `Error ${subject}`, async (client) => {
        io.stdout(await change(client, { enable, reason, service }));
        return exitOk;
      });
    }
    return askAgent(io, flags, 'Error querying Consul agent', async (client) => {
      const { Config } = await client.self();
      try {
        io.stdout(formatMaintenance(Object.values(await client.agent.checks()), Config.NodeName));
        return exitOk;
      } catch (error) {
        return refuse(`Error getting checks: ${describeApiError(error)}`);
      }
    });
  },
});

interface Change {
  readonly enable: boolean;
  readonly reason: string;
  /** '' for the node. */
  readonly service: string;
}

/** Resolves with the sentence that says what was done. */
async function change({ agent }: AgentClient, { enable, reason, service }: Change): Promise<string> {
  const state = enable ? 'enabled' : 'disabled';
  if (service === '') {
    await (enable ? agent.enableNodeMaintenance({ reason }) : agent.disableNodeMaintenance());
    return `Node maintenance is now ${state}\n`;
  }
  await (enable
    ? agent.enableServiceMaintenance(service, { reason })
    : agent.disableServiceMaintenance(service));
  return `Service maintenance is now ${state} for ${JSON.stringify(service)}\n`;
}

const nodeCheckId = '_node_maintenance';
const serviceCheckPrefix = '_service_maintenance:';

/** The node before its services. */
function formatMaintenance(checks: readonly HealthCheckRecord[], nodeName: string): string {
  const block = (title: string, name: string, value: string, notes: string): string =>
    `${title}:\n  ${`${name}:`.padEnd(nameWidth)}${printable(value)}\n  Reason: ${printable(notes)}\n\n`;
  const ofNode = checks.filter(({ CheckID }) => CheckID === nodeCheckId);
  const ofServices = checks.filter(({ CheckID }) => CheckID.startsWith(serviceCheckPrefix));
  return [
    ...ofNode.map(({ Notes }) => block('Node', 'Name', nodeName, Notes)),
    ...ofServices.map(({ ServiceID, Notes }) => block('Service', 'ID', ServiceID, Notes)),
  ].join('');
}

/** That of `Reason: `. */
const nameWidth = 8;
