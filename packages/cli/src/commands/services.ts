import { defineGroup } from '../command-group.ts';
import { servicesDeregisterCommand } from './services-deregister.ts';
import { servicesRegisterCommand } from './services-register.ts';

/** `services`: the services of one agent. */
export const servicesCommand = defineGroup({
  name: 'services',
  synopsis: 'Interact with services',
  paragraphs: [
    'Registers services with the agent that is asked, and deregisters them there. The services of all agents are listed by "catalog services".',
  ],
  subcommands: [servicesDeregisterCommand, servicesRegisterCommand],
});
