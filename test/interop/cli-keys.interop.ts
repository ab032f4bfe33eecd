import { createClient } from '@hobnob/agent/client';
import { createTestAgent } from '@hobnob/agent/testing';
import { describe, expect, test } from 'vitest';
import { type CommandKind, type CommandLine, type LineOutcome, runLine } from './command-lines.ts';
import { waitUntilEntered } from './consul-agent.ts';
import { peersFolder } from './peer-process.ts';
import { LoopbackAddresses, Peers } from './peers.ts';

/** Lines of kv, lock and watch with the command of real Consul 1.8.7 and with ours, against a real agent and against ours. */

const addresses = new LoopbackAddresses(2, 38);

function words(text: string): CommandLine {
  return { argv: text.split(' ') };
}

const data = '[{"key":"i/1","flags":18446744073709551615,"value":"AP8="},{"KEY":"i/2","more":1}]';

/** In this order: each begins with what those before have left. */
const changingLines: readonly CommandLine[] = [
  ...[
    'kv get',
    'kv get none',
    'kv put a b',
    'kv get a',
    'kv get /a',
    'kv put /a x',
    'kv put -flags=18446744073709551615 big v',
    'kv put -flags=0x1F hex',
    'kv put a b c',
    'kv put a @/none',
    'kv put a @/tmp',
    'kv put -acquire a b',
    'kv put -acquire -session=xyz a b',
    'kv put -release -session=xyz a b',
    'kv put -cas a b',
    'kv put -cas -modify-index=1 a b',
    'kv put -datacenter=dc9 a b',
    'kv put -namespace=x a b',
    'kv put -base64 raw AP8=',
    'kv get raw',
    'kv get -base64 raw',
  ].map(words),
  { argv: ['kv', 'put', 'tabs', '-'], stdin: 'a\tb\t\r\n\tz\xff\x00' },
  { argv: ['kv', 'get', 'tabs'] },
  { argv: ['kv', 'import', '-'], stdin: data },
  { argv: ['kv', 'import', data] },
  { argv: ['kv', 'import', '[{"key":"i/3","value":"YQ=\\n=x"}]'] },
  { argv: ['kv', 'import', '[{"key":"/i"}]'] },
  { argv: ['kv', 'import', '[{"key":"i","flags":1.5}]'] },
  { argv: ['kv', 'import', ''] },
  ...[
    'kv import x',
    'kv import {}',
    'kv import',
    'kv export',
    'kv export i/',
    'kv export none',
    'kv get -recurse',
    'kv get -recurse none',
    'kv get -recurse -base64 i',
    'kv get -keys',
    'kv get -keys -separator= i',
    'kv get -keys none',
    'kv get -namespace=x a',
    'kv get -datacenter=dc9 a',
    'kv get a b',
    'kv delete',
    'kv delete none',
    'kv delete -cas a',
    'kv delete -modify-index=3 a',
    'kv delete -cas -recurse -modify-index=3 a',
    'kv delete -cas -modify-index=1 a',
    'kv delete a',
    'kv delete -recurse i/',
    'lock',
    'lock p',
    'lock -n=0 p x',
    'lock -timeout=-1s p x',
    'lock -monitor-retry=-1 p x',
    'lock -n=2 / x',
    'lock p exit 3',
    'lock -child-exit-code p exit 3',
    'lock -verbose p echo hi',
    'lock -verbose -n=2 p echo hi',
    'lock -shell=false p echo $X',
    'lock -shell=false -child-exit-code p nonesuch',
    'lock -child-exit-code p kill -9 $$',
    'lock p env | grep CONSUL_LOCK',
    'lock -datacenter=dc9 p x',
    'kv put x/.lock v',
    'lock x true',
    'lock -n=2 x true',
    // A semaphore of Consul that is refused leaves its own key below x/ until its session has ended; ours does not.
    'kv get -keys',
  ].map(words),
  { argv: ['lock', '-pass-stdin', 'p', 'cat'], stdin: 'in\xff' },
  { argv: ['lock', 'p', 'cat'], stdin: 'not passed on' },
  words('kv delete -recurse'),
];

/** What an agent says of itself differs from one to the next: compared for two commands and one agent. */
const readingLines = [
  'kv get -detailed k/b',
  'kv get -detailed -recurse k/',
  'watch -type=foo',
  'watch -type=key',
  'watch -type=key -key=k/b',
  'watch -type=key -key=none',
  'watch -type=keyprefix -prefix=k/',
  'watch -type=keyprefix -prefix=none',
  'watch -type=nodes',
  'watch -type=service -service=web',
  'watch -type=service -service=web -passingonly=true -tag=a -tag=b',
  'watch -type=service -service=web -passingonly=x',
  'watch -type=service -service=none',
  'watch -type=checks',
  'watch -type=checks -service=web',
  'watch -type=checks -service=web -state=any',
  'watch -type=checks -state=critical',
  'watch -type=event -name=none',
  'watch -type=event -stale',
  'watch -type=nodes -prefix=x',
  'watch -type=connect_roots',
  'watch -type=agent_service',
  'watch -type=nodes -shell=false nonesuch',
  'watch -type=nodes -shell=false ./nonesuch',
  'watch -type=nodes cat; echo $CONSUL_INDEX; exit 3',
  'watch -type=nodes kill -9 $$',
  'watch -type=nodes -token-file=/none',
].map(words);

const unreachableLines = [
  'kv get a',
  'kv get -keys a',
  'kv get -recurse -stale a',
  'kv put -flags=3 a!(b)*?& c',
  'kv put -cas -modify-index=3 a b',
  'kv put -acquire -session=s a b',
  'kv put -release -session=s a b',
  'kv delete a',
  'kv delete -recurse a',
  'kv delete -cas -modify-index=4 a',
  'kv export a',
  'kv import [{"key":"a"}]',
  'lock p x',
  'watch -type=nodes',
].map(words);

async function outcomesOf(
  kind: CommandKind,
  lines: readonly CommandLine[],
  address: string,
): Promise<readonly (readonly [string, LineOutcome])[]> {
  const outcomes: (readonly [string, LineOutcome])[] = [];
  for (const line of lines) outcomes.push([line.argv.join(' '), await runLine(kind, line, address)]);
  return outcomes;
}

/** Keys and a service for the lines that only read. */
async function fill(address: string): Promise<void> {
  const client = createClient({ address });
  await client.kv.put('k/a', '');
  await client.kv.put('k/b', Buffer.from([0x3c, 0x09, 0xff]), { flags: 18446744073709551615n });
  await client.agent.registerService({
    Name: 'web',
    Port: 80,
    Tags: ['b', 'a'],
    Meta: { k: 'v' },
    TaggedAddresses: { lan: { Address: '1.2.3.4', Port: 5 } },
    Check: { TTL: '90m', Status: 'passing', DeregisterCriticalServiceAfter: '90m' },
  });
  await expect
    .poll(async () => (await client.health.service('web', { passing: true })).value.length, {
      timeout: 10_000,
    })
    .toBe(1);
}

describe.runIf(peersFolder !== undefined)('kv, lock and watch beside those of real Consul', () => {
  test('do and print the same with a real agent', async ({ onTestFinished }) => {
    const real = await new Peers(addresses, onTestFinished).consul({ name: 'real' });
    await waitUntilEntered(real);
    const address = `${real.address.split(':')[0]}:8500`;
    const theirs = await outcomesOf('consul', changingLines, address);
    expect(await outcomesOf('hobnob', changingLines, address)).toEqual(theirs);
    await fill(address);
    const read = await outcomesOf('consul', readingLines, address);
    expect(await outcomesOf('hobnob', readingLines, address)).toEqual(read);
    // With our agent the same lines do the same as with the real one.
    await using ours = await createTestAgent({ datacenter: 'dc1' });
    expect(await outcomesOf('hobnob', changingLines, ours.httpAddress)).toEqual(theirs);
  }, 240_000);

  test('do and print the same with our agent', async () => {
    await using ours = await createTestAgent({ datacenter: 'dc1' });
    const theirs = await outcomesOf('consul', changingLines, ours.httpAddress);
    expect(await outcomesOf('hobnob', changingLines, ours.httpAddress)).toEqual(theirs);
    await fill(ours.httpAddress);
    const read = await outcomesOf('consul', readingLines, ours.httpAddress);
    expect(await outcomesOf('hobnob', readingLines, ours.httpAddress)).toEqual(read);
  }, 240_000);

  test('say the same when there is no agent', async () => {
    const address = `${addresses.next()}:8500`;
    const theirs = await outcomesOf('consul', unreachableLines, address);
    expect(await outcomesOf('hobnob', unreachableLines, address)).toEqual(theirs);
  }, 60_000);

  test.each([
    ['consul', 'hobnob'],
    ['hobnob', 'consul'],
  ] as const)(
    '%s that holds a lock keeps %s out, and lets it in afterwards',
    async (holder, other) => {
      await using ours = await createTestAgent({ datacenter: 'dc1' });
      const held = runLine(holder, words('lock m echo in; sleep 3'), ours.httpAddress);
      const { kv } = createClient({ address: ours.httpAddress });
      await expect
        .poll(async () => (await kv.get('m/.lock')).value?.Session ?? '', { timeout: 10_000 })
        .not.toBe('');
      const kept = await runLine(other, words('lock -timeout=300ms m echo in'), ours.httpAddress);
      expect(kept).toEqual({
        code: 1,
        stdout: '',
        stderr: 'Shutdown triggered or timeout during lock acquisition\n',
      });
      const next = runLine(other, words('lock m echo next'), ours.httpAddress);
      expect(await held).toEqual({ code: 0, stdout: 'in\n', stderr: '' });
      expect(await next).toEqual({ code: 0, stdout: 'next\n', stderr: '' });
    },
    60_000,
  );
});
