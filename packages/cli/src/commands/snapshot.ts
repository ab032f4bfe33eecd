import { defineGroup } from '../command-group.ts';
import { snapshotInspectCommand } from './snapshot-inspect.ts';
import { snapshotRestoreCommand } from './snapshot-restore.ts';
import { snapshotSaveCommand } from './snapshot-save.ts';

/** `snapshot`: the whole state of the servers as a file. */
export const snapshotCommand = defineGroup({
  name: 'snapshot',
  synopsis: 'Saves, restores and inspects snapshots of Consul server state',
  paragraphs: [
    'A snapshot is the whole state of the servers of a datacenter: catalog, keys and sessions, in one archive that Consul and Hobnob both read. It is the backup of a datacenter, and the way from Consul to Hobnob and back.',
  ],
  subcommands: [snapshotInspectCommand, snapshotRestoreCommand, snapshotSaveCommand],
});
