import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { run } from '../../test/recording-io.ts';

/** Files that are no archives; test/interop/snapshot.interop.ts compares the commands with Consul's. */

/** Reads what it is given, as a client does. */
const reading = {
  snapshot: {
    restore: async (archive: NodeJS.ReadableStream | Uint8Array) => {
      if (!(archive instanceof Uint8Array)) await buffer(archive);
    },
  },
};

test('snapshot restore names a file that cannot be opened, or not be read', async () => {
  const folder = tmpdir();
  expect(await run(['snapshot', 'restore', '/nowhere.tgz'], { client: reading })).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Error opening snapshot file: open /nowhere.tgz: no such file or directory\n',
  });
  expect(await run(['snapshot', 'restore', folder], { client: reading })).toEqual({
    code: 1,
    stdout: '',
    stderr: `Error restoring snapshot: read ${folder}: illegal operation on a directory\n`,
  });
});
