import { serverFlags } from '../api-flags.ts';
import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { askAgent } from './ask-agent.ts';
import { missingFile } from './snapshot-arguments.ts';

/** `snapshot save`: writes the state of the servers to a file. */
export const snapshotSaveCommand = defineCommand({
  name: 'save',
  synopsis: 'Saves snapshot of Consul server state',
  usage: 'snapshot save [options] FILE',
  paragraphs: [
    'Asks the leader for a snapshot, checks it and writes it to FILE. With -stale another server may answer, also when none leads.',
  ],
  flags: serverFlags,
  async run({ flags, args, io }) {
    const [path] = args;
    if (path === undefined || args.length > 1) return missingFile(io, args);
    return askAgent(io, flags, 'Error saving snapshot', async (client) => {
      const { datacenter, stale = false } = flags;
      const { index, archive } = await client.snapshot.save({
        stale,
        ...(datacenter === undefined ? {} : { datacenter }),
      });
      const { FileProblem, saveVerified } = await import('./snapshot-file.ts');
      try {
        await saveVerified(archive, path, Buffer.from(io.randomBytes(4)).toString('hex'));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const what =
          error instanceof FileProblem ? 'writing unverified snapshot file' : 'verifying snapshot file';
        io.stderr(`Error ${what}: ${error.message}\n`);
        return exitFailure;
      }
      io.stdout(`Saved and verified snapshot to index ${index}\n`);
      return exitOk;
    });
  },
});
