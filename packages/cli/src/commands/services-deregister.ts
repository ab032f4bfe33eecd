import { describeApiError } from '@hobnob/agent/client';
import { namespaceFlag, readOptionsOf, serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { askAgent } from './ask-agent.ts';
import { readServiceFiles } from './service-files.ts';

/** `services deregister`: one service by its id, or those of configuration files. */
export const servicesDeregisterCommand = defineCommand({
  name: 'deregister',
  synopsis: 'Deregister services with the local agent',
  usage: 'services deregister [options] [FILE...]',
  paragraphs: [
    'Deregisters services from the agent that they are registered with: one by its ID, or those that configuration files in JSON define. A service that is not there is no error.',
  ],
  flags: [
    ...serverFlags,
    namespaceFlag,
    {
      name: 'id',
      kind: 'string',
      placeholder: 'string',
      description: 'ID of the service. Not together with files.',
    },
  ],
  async run({ flags, args, io }) {
    const { id = '' } = flags;
    const refuse = (text: string): number => {
      io.stderr(`${text}\n`);
      return exitFailure;
    };
    if (args.length === 0 && id === '') {
      return refuse('Service deregistration requires at least one argument or -id.');
    }
    if (args.length > 0 && id !== '') {
      return refuse('Service deregistration requires arguments or -id, not both.');
    }
    const services = args.length === 0 ? [{ ID: id, Name: '' }] : await readServiceFiles(args, io);
    if (services === undefined) return exitFailure;
    return askAgent(io, flags, 'Error deregistering services', async (client) => {
      for (const { ID, Name } of services) {
        const key = ID === undefined || ID === '' ? Name : ID;
        if (key === '') continue;
        try {
          await client.agent.deregisterService(key, readOptionsOf(flags));
        } catch (error) {
          // The verb and the name, which -id does not give, are those of Consul's command.
          return refuse(`Error registering service ${JSON.stringify(Name)}: ${describeApiError(error)}`);
        }
        io.stdout(`Deregistered service: ${printable(key)}\n`);
      }
      return exitOk;
    });
  },
});
