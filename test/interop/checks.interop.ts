import { silentLogger, systemClock } from '@hobnob/gossip/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCheck } from '../../packages/agent/src/checks/definition.ts';
import { CheckDriver } from '../../packages/agent/src/checks/driver.ts';
import type { CheckResult } from '../../packages/agent/src/checks/result.ts';
import { ProgramThread } from '../../packages/agent/src/programs/program-thread.ts';
import { realCheckRunner } from '../../packages/agent/test/check-runner.ts';
import { type CheckServers, startCheckServers } from './check-servers.ts';
import { type Definition, situations } from './check-situations.ts';
import { type ConsulPeer, startConsul } from './consul-agent.ts';
import { LoopbackAddresses } from './peers.ts';
import { waitUntil } from './wait-until.ts';

/**
 * The same checks against the same servers, run by a real Consul agent and by our runners: state and output are equal.
 * An allowed difference is a case with `ours`. Known differences that no case shows:
 * - a body is read up to 16 MiB, and the head of a response up to 1 MiB (Go: no limit, and 10 MiB);
 * - a method in lower case is sent in upper case, because Node does that;
 * - `Content-Length: 0` goes with every method but GET, HEAD, DELETE, OPTIONS and TRACE (Go: POST and PUT alone);
 * - a query with a space is refused with a text of our own (Go sends it, and servers answer 400);
 * - names of ports are those that Go knows without /etc/services;
 * - a script without `#!` is run by the shell (Go: `exec format error`);
 * - an error that Go words in its own way and Node does not tell apart has Node's words.
 */

/** The text as JSON shows it, without the own port of a connection, which is another each time. */
function comparable(output: string): string {
  return output
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/(read|write) tcp (\S+):\d+->/, '$1 tcp $2:PORT->');
}

/** Targets whose requests are compared too. */
const comparedTargets = [
  '/s200',
  '/post',
  '/head',
  '/kept',
  '/lost',
  '/fields',
  '/lower',
  '/odd-host',
  '/range',
  '/secret',
  '/é€',
];

const loopback = new LoopbackAddresses(2, 27);
const programs = new ProgramThread();
const run = realCheckRunner({ runProgram: (program, signal) => programs.run(program, signal) });
const timeoutMs = 700;
let consul: ConsulPeer;
let fixtures: CheckServers;
let theirs: ReadonlyMap<string, CheckResult>;
const definitions = new Map<string, Definition>();

interface CheckJson {
  readonly Status: CheckResult['status'];
  readonly Output: string;
}

beforeAll(async () => {
  fixtures = await startCheckServers(loopback.next());
  const host = loopback.next();
  consul = await startConsul({
    name: 'checks',
    host,
    config: { log_level: 'ERR', enable_script_checks: true },
  });
  for (const [index, situation] of situations.entries()) {
    const fields = await situation.fields(fixtures);
    definitions.set(situation.name, fields);
    const body = {
      ...fields,
      Interval: '1s',
      Timeout: `${timeoutMs}ms`,
      Name: `c${index}`,
    };
    await consul.http('/v1/agent/check/register', { method: 'PUT', body: JSON.stringify(body) });
  }
  theirs = await waitUntil(
    'every check has run',
    async () => {
      const checks = await consul.http<Record<string, CheckJson>>('/v1/agent/checks');
      const results = situations.flatMap(({ name }, index) => {
        const check = checks[`c${index}`];
        return check === undefined || check.Output === ''
          ? []
          : [[name, { status: check.Status, output: check.Output }] as const];
      });
      return results.length === situations.length && new Map(results);
    },
    { timeoutMs: 30_000 },
  );
  for (const index of situations.keys()) {
    await consul.http(`/v1/agent/check/deregister/c${index}`, { method: 'PUT' });
  }
});

afterAll(async () => {
  await programs.close();
  await consul?.dispose();
  await fixtures?.close();
});

describe('a check run by us and by Consul 1.8.7 has the same state and output', () => {
  test.each(situations.map((one) => [one.name, one] as const))('%s', async (name, situation) => {
    const fields = { ...definitions.get(name), Name: name, Interval: 1_000_000_000n };
    const Timeout = BigInt(timeoutMs * 1_000_000);
    const { definition } = readCheck({ ...fields, Timeout }, { allowsScripts: true });
    if (!('intervalMs' in definition)) throw new Error('not a check that runs');
    const { status, output } = await run(definition, AbortSignal.timeout(timeoutMs));
    const expected = theirs.get(name);
    const change = situation.ours ?? ((output: string) => output);
    const shown = ({ status, output }: CheckResult): CheckResult => ({
      status,
      output: change(comparable(output)),
    });
    expect(shown({ status, output })).toEqual(expected && shown(expected));
  });
});

test.each(comparedTargets)('the requests for %s are the same, byte by byte', (target) => {
  // The servers have seen the requests of both; sets keep one of each.
  const requests = new Set(fixtures.seen(encodeURI(target)).map((request) => JSON.stringify(request)));
  const expected = target === '/s200' ? 2 : 1; // by itself, and with a Referer after a redirect
  expect([...requests]).toHaveLength(expected);
});

describe('a TTL check kept by us and by Consul 1.8.7 expires with the same words', () => {
  test.each([
    ['without an update', undefined],
    ['after an empty output', ''],
    ['after an output', 'hello'],
    ['after an output that is too long', 'é'.repeat(3_000)],
    ['after an output that is cut in the middle of a character', `x${'é'.repeat(3_000)}`],
  ])('%s', async (name, output) => {
    const Name = `ttl ${name}`;
    const id = encodeURIComponent(Name);
    const results: CheckResult[] = [];
    const onResult = (_id: string, result: CheckResult): void => void results.push(result);
    const parts = { clock: systemClock(), rng: { next: Math.random }, logger: silentLogger };
    await using driver = ending(new CheckDriver({ ...parts, run, onResult }));
    const { definition } = readCheck({ Name, TTL: 300_000_000n });
    if (definition.kind !== 'ttl') throw new Error('no TTL check');
    driver.driver.set(definition);
    const put = (path: string, body: object): Promise<unknown> =>
      consul.http(path, { method: 'PUT', body: JSON.stringify(body) });
    await put('/v1/agent/check/register', { Name, TTL: '300ms', Status: 'passing' });
    const theirOutput = async (): Promise<string> =>
      (await consul.http<Record<string, CheckJson>>('/v1/agent/checks'))[Name]?.Output ?? '';
    if (output !== undefined) {
      const ours = driver.driver.updateTtl(definition.id, { status: 'passing', output });
      await put(`/v1/agent/check/update/${id}`, { Status: 'passing', Output: output });
      expect(comparable(ours?.output ?? '')).toBe(await theirOutput());
    }
    const expired = await waitUntil('both have expired', async () => {
      const theirs = await theirOutput();
      return theirs.startsWith('TTL expired') && results.at(-1)?.status === 'critical' && theirs;
    });
    expect(comparable(results.at(-1)?.output ?? '')).toBe(expired);
  });
});

/** A driver that is closed with its test. */
function ending(driver: CheckDriver): { readonly driver: CheckDriver } & AsyncDisposable {
  return { driver, [Symbol.asyncDispose]: async () => driver.close() };
}
