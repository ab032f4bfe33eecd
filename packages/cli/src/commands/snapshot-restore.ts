import type { Readable } from 'node:stream';
import { serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { askAgent } from './ask-agent.ts';
import { missingFile } from './snapshot-arguments.ts';

/** `snapshot restore`: puts the state of a file in the place of that of the servers. */
export const snapshotRestoreCommand = defineCommand({
  name: 'restore',
  synopsis: 'Restores snapshot of Consul server state',
  usage: 'snapshot restore [options] FILE',
  paragraphs: [
    'Puts the state of a snapshot in the place of the present one, which is lost: save it first. A snapshot that is broken changes nothing. Agents register their own services again after a restore.',
  ],
  flags: serverFlags,
  async run({ flags, args, io }) {
    const [path] = args;
    if (path === undefined || args.length > 1) return missingFile(io, args);
    const { FileProblem, openArchive, readProblem } = await import('./snapshot-file.ts');
    return askAgent(io, flags, 'Error restoring snapshot', async (client) => {
      const { datacenter } = flags;
      let file: Readable | undefined;
      try {
        file = await openArchive(path);
        await client.snapshot.restore(file, datacenter === undefined ? {} : { datacenter });
      } catch (error) {
        if (error instanceof FileProblem) io.stderr(`Error opening snapshot file: ${error.message}\n`);
        else if (error === file?.errored) {
          io.stderr(`Error restoring snapshot: ${readProblem(path, error).message}\n`);
        } else throw error;
        return exitFailure;
      }
      io.stdout('Restored snapshot\n');
      return exitOk;
    });
  },
});
