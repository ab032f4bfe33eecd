import { equal } from 'node:assert/strict';
import { describeMachine } from '../measure.ts';
import { compareLoads, type LoadCase, loadSchedule } from './compare-loads.ts';
import { eachOf, get, type PairMember, put, withDevPair } from './dev-pair.ts';
import { instanceOf, names } from './registrations.ts';

const prefix = '127.29.11';
const instances = 5;
const gzip = { 'Accept-Encoding': 'gzip' } as const;
const paths = ['/v1/catalog/nodes', '/v1/catalog/service/web', '/v1/catalog/services'] as const;

const cases: readonly LoadCase[] = [
  ...paths.map((path) => ({ name: path, paths: [path] })),
  ...paths.map((path) => ({ name: `${path}, gzip`, paths: [path], headers: gzip })),
  ...paths.map((path) => ({ name: `${path}, a target never asked before`, paths: [`${path}?n=$N`] })),
];

/** Measures reads of a catalog of six nodes and five instances of one service on `agent -dev` of both sides. */
export async function run(): Promise<void> {
  await withDevPair(prefix, {}, async (pair) => {
    await Promise.all(pair.map(fill));
    const table = await compareLoads(pair, cases);
    // What was read must not have changed meanwhile.
    await Promise.all(pair.map(check));
    process.stdout.write(
      `${describeMachine()}; median of ${loadSchedule.rounds} rounds of ${loadSchedule.seconds} s in turn, ` +
        `${loadSchedule.connections} connections\n\n${table}`,
    );
  });
}

async function fill({ caller }: PairMember): Promise<void> {
  await eachOf(names('node', instances), 1, (node) =>
    put(caller, '/v1/catalog/register', instanceOf(node, 'web')),
  );
  await check({ caller });
}

async function check({ caller }: Pick<PairMember, 'caller'>): Promise<void> {
  equal((await get<unknown[]>(caller, '/v1/catalog/nodes')).length, instances + 1);
  equal((await get<unknown[]>(caller, '/v1/catalog/service/web')).length, instances);
  equal(Object.keys(await get<object>(caller, '/v1/catalog/services')).length, 2);
}
