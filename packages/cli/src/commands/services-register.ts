import { describeApiError, type ServiceRegistration } from '@hobnob/agent/client';
import { namespaceFlag, readOptionsOf, serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { askAgent } from './ask-agent.ts';
import { readServiceAddress } from './service-address.ts';
import { readServiceFiles } from './service-files.ts';

/** `services register`: services of configuration files, or one that flags describe. */
export const servicesRegisterCommand = defineCommand({
  name: 'register',
  synopsis: 'Register services with the local agent',
  usage: 'services register [options] [FILE...]',
  paragraphs: [
    'Registers services with the agent: those that configuration files in JSON or HCL define (keys "service" and "services"), or one that flags describe. Whoever registers a service has to deregister it.',
  ],
  flags: [
    ...serverFlags,
    namespaceFlag,
    { name: 'address', kind: 'string', placeholder: 'string', description: 'Address of the service.' },
    {
      name: 'id',
      kind: 'string',
      placeholder: 'string',
      description: 'ID of the service. Default: its name.',
    },
    { name: 'kind', kind: 'string', placeholder: 'string', description: "The service's kind." },
    {
      name: 'meta',
      kind: 'map',
      description: 'Metadata of the service, as key=value. May be given several times.',
    },
    { name: 'name', kind: 'string', placeholder: 'string', description: 'Name of the service.' },
    { name: 'port', kind: 'int', placeholder: 'int', description: 'Port of the service.' },
    { name: 'tag', kind: 'list', description: 'Tag of the service. May be given several times.' },
    {
      name: 'tagged-address',
      kind: 'map',
      description: 'Tagged address of the service, as tag=host:port. May be given several times.',
    },
  ],
  async run({ flags, args, io }) {
    const refuse = (text: string): number => {
      io.stderr(`${text}\n`);
      return exitFailure;
    };
    const tagged: (readonly [string, { readonly Address: string; readonly Port: number }])[] = [];
    for (const [tag, text] of Object.entries(flags['tagged-address'] ?? {})) {
      const address = readServiceAddress(text);
      if ('problem' in address) return refuse(`Invalid Tagged Address: ${address.problem}`);
      tagged.push([tag, address]);
    }
    const { name = '' } = flags;
    if (args.length === 0 && name === '') {
      return refuse('Service registration requires at least one argument or flags.');
    }
    if (args.length > 0 && name !== '') {
      return refuse('Service registration requires arguments or -id, not both.');
    }
    const described: ServiceRegistration = {
      Name: name,
      ...given('ID', flags.id),
      ...given('Kind', flags.kind),
      ...given('Address', flags.address),
      ...given('Port', flags.port),
      ...given('Tags', flags.tag),
      ...given('Meta', flags.meta),
      ...(flags['tagged-address'] === undefined ? {} : { TaggedAddresses: Object.fromEntries(tagged) }),
    };
    const services = args.length === 0 ? [described] : await readServiceFiles(args, io);
    if (services === undefined) return exitFailure;
    return askAgent(io, flags, 'Error registering services', async (client) => {
      for (const service of services) {
        try {
          await client.agent.registerService(service, readOptionsOf(flags));
        } catch (error) {
          return refuse(
            `Error registering service ${JSON.stringify(service.Name)}: ${describeApiError(error)}`,
          );
        }
        io.stdout(`Registered service: ${printable(service.Name)}\n`);
      }
      return exitOk;
    });
  },
});

/** A field, unless the flag was not given. */
function given<K extends string, V>(field: K, value: V | undefined): { readonly [name in K]?: V } {
  return value === undefined ? {} : ({ [field]: value } as { readonly [name in K]: V });
}
