import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../interop/wait-until.ts';
import { type CommandOutcome, HobnobProcess, hobnobBin, runHobnob } from '../support/hobnob-process.ts';

/** Agents as people run them: processes, the built command, and nothing else. */

const key = 'pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=';
let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'hobnob-e2e-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** Name and status of each member, as the table of `members` shows them. */
async function statuses(agent: HobnobProcess, ...flags: readonly string[]): Promise<Record<string, string>> {
  const { stdout } = await agent.run('members', ...flags);
  const rows = stdout.split('\n').slice(1, -1);
  return Object.fromEntries(rows.map((row) => row.split(/ {2,}/)).map(([name, , status]) => [name, status]));
}

async function untilStatus(agent: HobnobProcess, name: string, status: string | undefined): Promise<void> {
  await waitUntil(
    `${name} is ${status ?? 'gone'} for ${agent.address}`,
    async () => (await statuses(agent))[name] === status,
    { timeoutMs: 40_000, everyMs: 300, explain: async () => agent.output },
  );
}

describe('a cluster of three', () => {
  const agents: HobnobProcess[] = [];
  let server: HobnobProcess;
  let client: HobnobProcess;

  beforeAll(async () => {
    server = await HobnobProcess.start('127.25.10.1', [
      '-server',
      '-bootstrap-expect=1',
      '-node=e-server',
      `-encrypt=${key}`,
    ]);
    agents.push(server);
    client = await HobnobProcess.start('127.25.10.2', [
      '-node',
      'e-client',
      `-encrypt=${key}`,
      '--retry-join',
      '127.25.10.1',
    ]);
    agents.push(client);
    agents.push(
      await HobnobProcess.start('127.25.10.3', ['-node=e-late', `-encrypt=${key}`, '-log-level=warn']),
    );
  });
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent[Symbol.asyncDispose]()));
  });

  test('starts with the banner, and says which flags have no effect', async () => {
    expect(server.output).toMatch(
      /^==> Starting Consul agent\.\.\.\n {11}Version: 'v\S+ \(speaks Consul 1\.8\.7\)'\n/,
    );
    expect(server.output).toContain(
      "Datacenter: 'dc1' (Segment: '<all>')\n            Server: true (Bootstrap: true)\n",
    );
    expect(server.output).toContain(
      'Cluster Addr: 127.25.10.1 (LAN: 8301, WAN: 8302)\n           Encrypt: Gossip: true, ',
    );
    expect(server.output).toMatch(
      /Z? \[INFO\] {2}agent: Started HTTP server: address=127\.25\.10\.1:8500 network=tcp\n/,
    );
  });

  test('is joined by the command, and every agent prints the same table', async () => {
    const [, , late] = agents;
    expect(await late?.run('join', '127.25.10.1', '127.25.10.99')).toMatchObject({
      code: 0,
      stdout: 'Successfully joined cluster by contacting 1 nodes.\n',
      stderr: expect.stringMatching(
        /^Error joining address '127\.25\.10\.99': Unexpected response code: 500 \(/,
      ),
    });
    const table = [
      'Node      Address           Status  Type    Build  Protocol  DC   Segment',
      'e-server  127.25.10.1:8301  alive   server  1.8.7  2         dc1  <all>',
      'e-client  127.25.10.2:8301  alive   client  1.8.7  2         dc1  <default>',
      'e-late    127.25.10.3:8301  alive   client  1.8.7  2         dc1  <default>',
      '',
    ].join('\n');
    for (const agent of agents) {
      await untilStatus(agent, 'e-late', 'alive');
      await untilStatus(agent, 'e-client', 'alive');
      expect(await agent.run('members')).toMatchObject({ code: 0, stdout: table, stderr: '' });
    }
  });

  test('lists the WAN pool when a server is asked', async () => {
    expect(await statuses(server, '-wan')).toEqual({ 'e-server.dc1': 'alive' });
    expect(await client.run('members', '-wan')).toMatchObject({ code: 2, stdout: '', stderr: '' });
    expect(await client.run('join', '-wan', '127.25.10.1')).toMatchObject({ code: 1, stdout: '' });
  });

  test('sees a member that leaves as left, and forgets it when pruned', async () => {
    const leaver = await HobnobProcess.start('127.25.10.4', [
      '-node=e-leaver',
      `-encrypt=${key}`,
      '-join=127.25.10.1',
    ]);
    try {
      await untilStatus(client, 'e-leaver', 'alive');
      const left = await leaver.run('leave');
      expect(left).toMatchObject({ code: 0, stdout: 'Graceful leave complete\n', stderr: '' });
      expect(left.elapsedMs).toBeLessThan(9_000);
      expect(await leaver.waitForExit()).toBe(0);
      for (const agent of agents) await untilStatus(agent, 'e-leaver', 'left');
      expect(await server.run('force-leave', '-prune', 'e-leaver')).toMatchObject({
        code: 0,
        stdout: '',
        stderr: '',
      });
      await untilStatus(server, 'e-leaver', undefined);
    } finally {
      await leaver[Symbol.asyncDispose]();
    }
  });

  test('lists a killed member as failed, and as alive when it returns', async () => {
    const args = [
      '-node=e-killed',
      `-encrypt=${key}`,
      `-data-dir=${join(scratch, 'killed')}`,
      '-retry-join=127.25.10.1',
    ];
    const killed = await HobnobProcess.start('127.25.10.5', args);
    await untilStatus(server, 'e-killed', 'alive');
    await killed.stop('SIGKILL');
    await killed[Symbol.asyncDispose]();
    for (const agent of agents) await untilStatus(agent, 'e-killed', 'failed');
    expect((await server.run('members', '-status=failed')).stdout).toContain('e-killed');
    const back = await HobnobProcess.start('127.25.10.5', args);
    try {
      const [first, second] = [killed, back].map((agent) => /Node ID: '(.+)'/.exec(agent.output)?.[1]);
      expect(second).toBe(first);
      for (const agent of agents) await untilStatus(agent, 'e-killed', 'alive');
      await back.stop('SIGTERM');
      for (const agent of agents) await untilStatus(agent, 'e-killed', 'left');
    } finally {
      await back[Symbol.asyncDispose]();
    }
  });

  test('prints the JSON of the API, and survives a reader that closes the pipe', async () => {
    const { stdout } = await client.run('members', '-format=json', '-status=alive');
    expect(JSON.parse(stdout)).toMatchObject([
      { Name: 'e-server' },
      { Name: 'e-client' },
      { Name: 'e-late' },
    ]);
    const pipe = `"${process.execPath}" "${hobnobBin}" members -http-addr=${client.address} | true`;
    const stderr = await new Promise((resolve) =>
      execFile('sh', ['-c', pipe], (_error, _out, text) => resolve(text)),
    );
    expect(stderr).toBe('');
  });
});

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('a client leaves on %s, in time for docker', async (signal) => {
    const pidFile = join(scratch, `${signal}.pid`);
    await using agent = await HobnobProcess.start('127.25.11.1', ['-node=s1', `-pid-file=${pidFile}`]);
    expect(await readFile(pidFile, 'utf8')).toMatch(/^\d+$/);
    const { code, elapsedMs } = await agent.stop(signal);
    expect(code).toBe(0);
    expect(elapsedMs).toBeLessThan(9_000);
    expect(agent.output).toMatch(
      /Gracefully shutting down agent\.\.\.\n(?:.*\n)*.*Graceful exit completed\n/,
    );
    await expect(readFile(pidFile)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'a development agent just stops on %s, with exit code 0',
    async (signal) => {
      await using agent = await HobnobProcess.start('127.25.11.2', ['-dev', '-node=s2', '-ui']);
      expect(agent.output).toMatch(/\[WARN\] {2}agent: .*ui.* no effect/);
      const { code, elapsedMs } = await agent.stop(signal);
      expect(code).toBe(0);
      expect(elapsedMs).toBeLessThan(3_000);
      expect(agent.output).toContain('Graceful shutdown disabled. Exiting');
      expect(agent.output).not.toContain('starting leave');
    },
  );

  test('a server with leave_on_terminate leaves on SIGTERM', async () => {
    const config = join(scratch, 'leave.json');
    await writeFile(config, '{"leave_on_terminate": true}');
    await using agent = await HobnobProcess.start('127.25.11.3', [
      '-dev',
      '-node=s3',
      '-config-file',
      config,
    ]);
    const { code, elapsedMs } = await agent.stop('SIGTERM');
    expect(code).toBe(0);
    expect(elapsedMs).toBeLessThan(9_500);
    expect(agent.output).toContain('Graceful exit completed');
  });

  test('a second signal ends the agent at once', async () => {
    await using agent = await HobnobProcess.start('127.25.11.4', ['-node=s4']);
    await using other = await HobnobProcess.start('127.25.11.5', ['-node=s5', '-join=127.25.11.4']);
    await untilStatus(agent, 's5', 'alive');
    const ended = other.stop('SIGINT');
    await other.waitForLine(/Gracefully shutting down agent/);
    await other.stop('SIGINT');
    const { code, elapsedMs } = await ended;
    expect(code).toBe(1);
    expect(elapsedMs).toBeLessThan(2_000);
  });
});

describe('an operating error is one sentence, exit code 1 and no stack trace', () => {
  /** The lines that are neither banner nor routine. */
  function complaints({ stdout, stderr }: CommandOutcome): string {
    return [...stdout.split('\n').filter((line) => line.includes('[ERROR]')), stderr].join('\n');
  }

  function expectFailure(outcome: CommandOutcome, sentence: RegExp): void {
    expect(outcome.code).toBe(1);
    expect(complaints(outcome)).toMatch(sentence);
    expect(outcome.stdout + outcome.stderr).not.toMatch(/^\s+at /m);
    expect(outcome.stdout).not.toContain('Consul agent running!');
  }

  const dev = ['agent', '-dev', '-client=127.25.12.1'];

  test('a port in use', async () => {
    await using holder = await HobnobProcess.start('127.25.12.1', ['-dev', '-node=h']);
    expectFailure(await runHobnob([...dev, '-bind=127.25.12.1']), /127\.25\.12\.1:?.*830[12].*in use/);
    expectFailure(await runHobnob([...dev, '-bind=127.25.12.2']), /127\.25\.12\.1:8500.*in use/);
    expect(await statuses(holder)).toEqual({ h: 'alive' });
  });

  test('an address of another machine', async () => {
    expectFailure(await runHobnob([...dev, '-bind=192.0.2.1']), /192\.0\.2\.1/);
  });

  test('a pool of another datacenter', async () => {
    await using holder = await HobnobProcess.start('127.25.12.3', ['-dev', '-node=h3']);
    const args = ['agent', '-node=alien', '-bind=127.25.12.4', '-client=127.25.12.4', '-datacenter=dc2'];
    const outcome = await runHobnob([...args, `-data-dir=${join(scratch, 'alien')}`, '-join=127.25.12.3']);
    expectFailure(outcome, /the peer refused: .*Member 'alien' part of wrong datacenter 'dc2'/);
    expect(await statuses(holder)).toEqual({ h3: 'alive' });
  });

  test('no agent to join', async () => {
    const outcome = await runHobnob([...dev, '-bind=127.25.12.5', '-join=127.25.12.6']);
    expectFailure(outcome, /127\.25\.12\.6:8301.*connection refused/);
  });

  test('an invalid key', async () => {
    expectFailure(await runHobnob([...dev, '-bind=127.25.12.1', '-encrypt=abc']), /encrypt/);
  });

  test('a configuration that cannot be read or understood', async () => {
    const missing = join(scratch, 'missing.json');
    const broken = join(scratch, 'broken.json');
    await writeFile(broken, '{"node_name":');
    expectFailure(
      await runHobnob([...dev, '-config-file', missing]),
      /missing\.json: no such file or directory/,
    );
    expectFailure(await runHobnob([...dev, '-config-file', broken]), /broken\.json/);
    expect(await runHobnob(['validate', broken])).toMatchObject({ code: 1, stdout: '' });
  });

  test('no data folder, and a flag that does not exist', async () => {
    expectFailure(await runHobnob(['agent', '-bind=127.25.12.1']), /^==> data_dir cannot be empty/);
    expectFailure(await runHobnob(['agent', '-nope']), /\n\nflag provided but not defined: -nope/);
  });

  test('no agent at the address', async () => {
    const { code, stdout, stderr } = await runHobnob(['members'], {
      env: { CONSUL_HTTP_ADDR: '127.25.12.9:8500' },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^Error retrieving members: Get "http:\/\/127\.25\.12\.9:8500\/v1\/agent\/members\?segment=_all": dial tcp 127\.25\.12\.9:8500: connect: connection refused\n$/,
    );
  });
});

test('an agent answers on a unix socket', async () => {
  const socket = join(scratch, 'agent.sock');
  await using agent = await HobnobProcess.start('127.25.13.1', [
    '-dev',
    '-node=u',
    `-client=unix://${socket}`,
  ]);
  const { code, stdout } = await runHobnob(['members'], { env: { CONSUL_HTTP_ADDR: `unix://${socket}` } });
  expect(code).toBe(0);
  expect(stdout).toContain('u     127.25.13.1:8301  alive   server  1.8.7');
  expect((await agent.stop('SIGTERM')).code).toBe(0);
});
