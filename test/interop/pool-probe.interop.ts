import { describe, expect, test } from 'vitest';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';
import { complaints, poolKinds, startAnchor } from './pools.ts';

/** Probes of a real pool by a process that is not in it. */

const addresses = new LoopbackAddresses(13);

describe.runIf(peersFolder !== undefined).each(poolKinds)(
  'a pool probe of %s',
  { concurrent: true },
  (kind) => {
    test.for([[undefined], ['T9jncgl9mbLus+baTTa7q7nPSUrXwbDi2dhbtqir37s=']] as const)(
      'shows its members as they see themselves, and the peer learns nothing (key: %s)',
      async ([encrypt], { onTestFinished }) => {
        const peers = new Peers(addresses, onTestFinished);
        const security = encrypt === undefined ? {} : { encrypt };
        const theirs = await startAnchor(peers, kind, { name: 'theirs', ...security });
        const { gossip } = await peers.hobnob({
          name: 'ours',
          port: kind === 'consul 1.8.7' ? 8301 : 7946,
          ...(encrypt === undefined ? {} : { encryption: { keys: [encrypt] } }),
        });
        const linesBefore = theirs.log().length;
        const { members, answered, failures } = await gossip.probePool([theirs.address]);
        const [itself] = await theirs.members();
        expect(failures).toEqual([]);
        expect(answered.map(({ host, port }) => `${host}:${port}`)).toEqual([theirs.address]);
        expect(members.map(({ name, status, tags }) => ({ name, status, tags }))).toEqual([
          { name: 'theirs', status: 'alive', tags: itself?.tags },
        ]);
        expect((await theirs.members()).map(({ name }) => name)).toEqual(['theirs']);
        expect(gossip.members().map(({ name }) => name)).toEqual(['ours']);
        const said = theirs.log().slice(linesBefore).join('\n');
        expect(said).not.toMatch(/ours|\[(WARN|ERR)/);
        expect(complaints(theirs)).toEqual([]);
      },
    );
  },
);
