import { defineCommand } from '../command.ts';
import { exitFailure, exitOk } from '../output.ts';
import { printable } from '../printable.ts';
import { missingFile } from './snapshot-arguments.ts';

/** `snapshot inspect`: what a file holds. */
export const snapshotInspectCommand = defineCommand({
  name: 'inspect',
  synopsis: 'Displays information about a Consul snapshot file',
  usage: 'snapshot inspect FILE',
  paragraphs: ['Checks a snapshot and says of which moment it is. No agent is asked.'],
  flags: [],
  async run({ args, io }) {
    const [path] = args;
    if (path === undefined || args.length > 1) return missingFile(io, args);
    const { FileProblem, inspectFile } = await import('./snapshot-file.ts');
    try {
      const { ID, Size, Index, Term, Version } = await inspectFile(path);
      const rows = Object.entries({ ID, Size, Index, Term, Version });
      const lines = rows.map(([name, value]) => `${name.padEnd(labelWidth)}${printable(String(value))}\n`);
      io.stdout(`${lines.join('')}\n`);
      return exitOk;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const what = error instanceof FileProblem ? 'opening snapshot file' : 'verifying snapshot';
      io.stderr(`Error ${what}: ${error.message}\n`);
      return exitFailure;
    }
  },
});

const labelWidth = 13;
