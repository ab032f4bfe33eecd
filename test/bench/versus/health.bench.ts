import { equal } from 'node:assert/strict';
import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { describeMachine } from '../measure.ts';
import { compareLoads, type LoadCase, loadSchedule } from './compare-loads.ts';
import { eachOf, get, type PairMember, put, withDevPair } from './dev-pair.ts';
import { instanceOf, names } from './registrations.ts';

const prefix = '127.29.10';
const instances = 5;
const others = names('other', 1_000);
const hot = '/v1/health/service/web?passing';
const gzip = { 'Accept-Encoding': 'gzip' } as const;

const cases: readonly LoadCase[] = [
  { name: 'hot', paths: [hot] },
  { name: 'hot, gzip', paths: [hot], headers: gzip },
  { name: 'one of 1,000 services', paths: others.map((name) => `/v1/health/service/${name}?passing`) },
  {
    name: 'a target never asked before',
    paths: others.map((name) => `/v1/health/service/${name}?passing&n=$N`),
  },
  {
    name: 'a target never asked before, gzip',
    paths: others.map((name) => `/v1/health/service/${name}?passing&n=$N`),
    headers: gzip,
  },
];

/** Measures GET /v1/health/service/NAME?passing with five instances on `agent -dev` of both sides. */
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

async function fill({ caller, agent }: PairMember): Promise<void> {
  const nodes = names('node', instances);
  const all = ['web', ...others].flatMap((service) => nodes.map((node) => instanceOf(node, service)));
  await eachOf(all, 8, (body) => put(caller, '/v1/catalog/register', body));
  await check({ caller });
  await checkGzip(agent.host);
}

async function check({ caller }: Pick<PairMember, 'caller'>): Promise<void> {
  for (const service of ['web', 'other-1000']) {
    const found = await get<unknown[]>(caller, `/v1/health/service/${service}?passing`);
    equal(found.length, instances);
  }
}

/** A side that does not compress is named, or the cases with gzip would claim something that was not compared. */
async function checkGzip(host: string): Promise<void> {
  const { encoding, body } = await readRaw(host);
  if (encoding !== 'gzip')
    process.stdout.write(`${host} does not compress: its figures with gzip are those of plain answers\n`);
  else equal((JSON.parse(gunzipSync(body).toString()) as unknown[]).length, instances);
}

/** The answer with gzip as it comes: fetch would decode it. */
function readRaw(host: string): Promise<{ readonly encoding: string | undefined; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const call = request({ host, port: 8500, path: hot, headers: gzip }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }),
      );
    });
    call.on('error', reject);
    call.end();
  });
}
