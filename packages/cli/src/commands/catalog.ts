import { defineGroup } from '../command-group.ts';
import { catalogDatacentersCommand } from './catalog-datacenters.ts';
import { catalogNodesCommand } from './catalog-nodes.ts';
import { catalogServicesCommand } from './catalog-services.ts';

/** `catalog`: what servers know of nodes and services. */
export const catalogCommand = defineGroup({
  name: 'catalog',
  synopsis: 'Interact with the catalog',
  paragraphs: [
    'Lists what the catalog of the datacenter holds. The services and checks of one agent are not asked for here: the catalog follows them.',
  ],
  subcommands: [catalogDatacentersCommand, catalogNodesCommand, catalogServicesCommand],
});
