import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as agentPackage from '@hobnob/agent';
import { createClient } from '@hobnob/agent/client';
import { createTestAgent } from '@hobnob/agent/testing';
import { runProgram } from '@hobnob/cli';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, recordingIo } from '../../packages/cli/test/recording-io.ts';
import { waitUntilEntered } from './consul-agent.ts';
import { peerProgramPath, peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';

/** The same command lines with the command of real Consul 1.8.7 and with ours, against a real agent and against ours. */

const addresses = new LoopbackAddresses(2, 37);
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hobnob-cli-'));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const service = {
  name: 'web',
  port: 80,
  tags: ['b', 'a'],
  meta: { k: 'v' },
  weights: { passing: 3 },
  tagged_addresses: { lan: { address: '1.2.3.4', port: 5 } },
  enable_tag_override: true,
  check: { id: 'web-ttl', ttl: '10s', deregister_critical_service_after: '90m' },
};
const many = {
  services: [
    {
      name: 'one',
      id: 'one1',
      port: 1,
      checks: [
        { tcp: '127.0.0.1:1', interval: '10s', timeout: '1s' },
        { http: 'http://127.0.0.1:1/', interval: '1m', header: { a: ['b'] }, status: 'passing' },
      ],
    },
    { Name: 'two', Port: 2 },
  ],
  service: { name: 'three', connect: { sidecar_service: { port: 99 } } },
};
const files: Readonly<Record<string, string>> = {
  'web.json': JSON.stringify({ service, node_name: 'passed-over' }),
  'many.json': JSON.stringify(many),
  'blocks.hcl': `services {
  name = "four"
  port = 4
  checks = [{ ttl = "1h" }]
}
services {
  name = "five"
  meta { a = "b" }
}
service {
  name = "six"
  tags = ["c"]
  check { ttl = "1h" }
}
`,
  'empty.json': '{}',
  'nameless.json': '{"service": {"port": 1}}',
  'note.txt': 'x',
  'filter.txt': 'Node == ext\n',
};

/** A command line. Its words are apart by spaces; `{}` stands for a value that has some, `{dir}` for the folder of files. */
interface Line {
  readonly words: string;
  readonly value?: string;
}

function argvOf({ words, value = '' }: Line): readonly string[] {
  return words.split(' ').map((word) => word.replace('{}', value).replace('{dir}', folder));
}

async function runReal(line: Line, address: string): Promise<Outcome> {
  const env = { CONSUL_HTTP_ADDR: address, PATH: process.env['PATH'] ?? '' };
  return new Promise((resolve) => {
    execFile(peerProgramPath('consul'), [...argvOf(line)], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

async function runOurs(line: Line, address: string): Promise<Outcome> {
  const io = recordingIo({ env: { CONSUL_HTTP_ADDR: address }, agent: agentPackage });
  const readText = (path: string) => readFile(path, 'utf8');
  const code = await runProgram(argvOf(line), { ...io, createClient, files: { ...io.files, readText } });
  return { code, ...io.printed };
}

const catalogLines: readonly Line[] = [
  ...[
    'catalog datacenters',
    'catalog datacenters x',
    'catalog nodes',
    'catalog nodes -detailed',
    'catalog nodes -detailed -near=_agent',
    'catalog nodes -near=ext',
    'catalog nodes -stale',
    'catalog nodes -datacenter=dc1',
    'catalog nodes -datacenter=dc9',
    'catalog nodes -node-meta=a=2 -node-meta=b=1',
    'catalog nodes -node-meta=a=3',
    'catalog nodes -service=extsvc -detailed',
    'catalog nodes -service=extsvc -node-meta=a=2',
    'catalog nodes -service=none',
    'catalog nodes -filter=@{dir}/filter.txt',
    'catalog nodes -filter=@{dir}/none',
    'catalog nodes x y',
    'catalog services',
    'catalog services -tags',
    'catalog services -node=ext -tags',
    'catalog services -node=ext',
    'catalog services -node=none',
    'catalog services -node-meta=a=2',
    'catalog services -node-meta=a=3',
    'catalog services -datacenter=dc9',
    'catalog services x',
  ].map((words) => ({ words })),
  { words: 'catalog nodes -filter={}', value: 'Node matches "^e" and Meta.a == 2' },
];

/** In this order: each begins with what those before have left. */
const registrationLines: readonly Line[] = [
  ...[
    'services register',
    'services register -id=x',
    'services register -name=x {dir}/web.json',
    'services register -name=t1 -port=3 -tag=x -tag=a -meta=k=v -address=1.2.3.4',
    'services register -name=t2 -id=t2b -tagged-address=lan=[::1]:80 -tagged-address=wan=:9',
    'services register -name=t3 -tagged-address=lan=1.2.3.4',
    'services register -name=t3 -tagged-address=lan=a:b:80',
    'services register -name=t3 -tagged-address=lan=h:x',
    'services register -name=t3 -kind=connect-proxy',
    'services register {dir}/web.json {dir}/note.txt {dir}/empty.json {dir}/many.json {dir}/blocks.hcl',
    'services register {dir}/nameless.json',
    'services register {dir}/none.json',
    'services deregister',
    'services deregister -id=t1 {dir}/web.json',
    'services deregister -id=t1',
    'services deregister -id=none',
    'services deregister {dir}/nameless.json',
    'maint',
    'maint -enable',
    'maint -enable -service=t2b',
    'maint',
    'maint -disable',
    'maint -disable -service=t2b',
    'maint -disable -service=t2b',
    'maint -enable -service=none',
    'maint -disable -service=none',
    'maint -enable -disable',
    'maint -reason=x',
    'maint -service=x',
    'maint x',
    'services deregister {dir}/web.json {dir}/many.json {dir}/blocks.hcl',
  ].map((words) => ({ words })),
  { words: 'maint -enable -service=t2b -reason={}', value: 'disk & "fan"' },
  { words: 'maint' },
  { words: 'maint -disable -service=t2b' },
  { words: 'services deregister -id={}', value: 'a b/c' },
];

const namespaceLines: readonly Line[] = [
  'catalog services -namespace=a',
  'services register -name=x -namespace=a',
  'services deregister -id=x -namespace=a',
].map((words) => ({ words }));

const unreachableLines = [
  'catalog datacenters',
  'catalog nodes -near=_agent -datacenter=d -node-meta=a=*~',
  'catalog nodes -service=x',
  'catalog services -node-meta=a=b',
  'catalog services -node=x',
  'services register -name=x',
  'services deregister -id=x',
  'maint',
  'maint -enable',
  'maint -enable -service=x -reason=y',
  'maint -disable',
  'info',
];

const external = {
  Node: 'ext',
  Address: '10.1.1.1',
  NodeMeta: { b: '1', a: '2' },
  Service: { Service: 'extsvc', Tags: ['z', 'y'] },
};

describe.runIf(peersFolder !== undefined)('our command beside that of real Consul', () => {
  test('prints the same and exits with the same code, against a real agent', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const real = await peers.consul({ name: 'real' });
    await waitUntilEntered(real);
    const address = `${real.address.split(':')[0]}:8500`;
    await createClient({ address }).catalog.register(external);
    for (const line of [...catalogLines, ...namespaceLines]) {
      expect(await runOurs(line, address), argvOf(line).join(' ')).toEqual(await runReal(line, address));
    }
    const theirs = await outcomes(runReal, address);
    await createClient({ address }).agent.deregisterService('t2b');
    expect(await outcomes(runOurs, address)).toEqual(theirs);
    const info = { words: 'info' };
    expect(sectionsOf(await runOurs(info, address))).toEqual(sectionsOf(await runReal(info, address)));
  });

  test('prints the same and exits with the same code, against our agent', async () => {
    await using ours = await createTestAgent({ datacenter: 'dc1' });
    await ours.client.catalog.register(external);
    const theirs = await outcomes(runReal, ours.httpAddress);
    await ours.client.agent.deregisterService('t2b');
    expect(await outcomes(runOurs, ours.httpAddress)).toEqual(theirs);
    for (const line of [...catalogLines, { words: 'info' }]) {
      const outcome = await runOurs(line, ours.httpAddress);
      expect(changing(outcome), argvOf(line).join(' ')).toEqual(
        changing(await runReal(line, ours.httpAddress)),
      );
    }
  });

  test('with our agent does what that of Consul does with a real agent', async ({ onTestFinished }) => {
    const peers = new Peers(addresses, onTestFinished);
    const real = await peers.consul({ name: 'same' });
    await waitUntilEntered(real);
    await using ours = await createTestAgent({ nodeName: 'same' });
    const theirs = await outcomes(runReal, `${real.address.split(':')[0]}:8500`);
    expect(await outcomes(runOurs, ours.httpAddress)).toEqual(theirs);
  });

  test.each(unreachableLines)('%s says the same when there is no agent', async (words) => {
    const address = `${addresses.next()}:8500`;
    expect(await runOurs({ words }, address)).toEqual(await runReal({ words }, address));
  });
});

/** What each line that changes something printed, and what it left behind; each command has the whole order for itself. */
async function outcomes(run: typeof runOurs, address: string): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const line of registrationLines) {
    const outcome = sorted(await run(line, address));
    found.push([argvOf(line).join(' '), outcome, await stateOf(address)]);
  }
  return found;
}

/** Consul's command lists what is in maintenance in no order; ours lists the node first. */
function sorted(outcome: Outcome): Outcome {
  return {
    ...outcome,
    stdout: outcome.stdout
      .split(/(?=^Node:|^Service:)/m)
      .toSorted()
      .join(''),
  };
}

/** The agent's services and checks, without what the order of events decides. */
async function stateOf(address: string): Promise<unknown> {
  const { agent } = createClient({ address });
  const checks = Object.values(await agent.checks());
  return {
    services: await agent.services(),
    checks: checks
      .map(({ CheckID, Name, ServiceID, Type, Notes }) => [CheckID, Name, ServiceID, Type, Notes])
      .toSorted(),
  };
}

/** The names in an output of `info`: numbers move from one moment to the next. */
function sectionsOf({ code, stdout, stderr }: Outcome): unknown {
  return [code, stderr, stdout.split('\n').map((line) => line.replace(/ = .*/, ''))];
}

/** An output without the numbers that move in `info`. */
function changing(outcome: Outcome): Outcome {
  return { ...outcome, stdout: outcome.stdout.replace(/^\t(\w+_(queue|time)|goroutines) = \d+$/gm, '\t$1') };
}
