import { defineGroup } from '../command-group.ts';
import { kvDeleteCommand } from './kv-delete.ts';
import { kvExportCommand } from './kv-export.ts';
import { kvGetCommand } from './kv-get.ts';
import { kvImportCommand } from './kv-import.ts';
import { kvPutCommand } from './kv-put.ts';

/** `kv`: the key/value store. */
export const kvCommand = defineGroup({
  name: 'kv',
  synopsis: 'Interact with the key-value store',
  paragraphs: [
    'Reads, writes and deletes keys of the key/value store, and moves trees of them between clusters.',
  ],
  subcommands: [kvDeleteCommand, kvExportCommand, kvGetCommand, kvImportCommand, kvPutCommand],
});
