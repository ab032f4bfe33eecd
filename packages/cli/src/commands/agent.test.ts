import { AgentError } from '@hobnob/agent';
import { describe, expect, test } from 'vitest';
import { clientFlags, logOf, serverFlags, session } from '../../test/agent-session.ts';
import { fakeAgent, fakeNodeId } from '../../test/fake-agent.ts';
import { recordingIo, run } from '../../test/recording-io.ts';
import { runProgram } from '../program.ts';

describe('a running agent', () => {
  test('prints the banner, then the log, then that it runs', async () => {
    const { stdoutWhenRunning, io } = await session(['-dev', '-node=web'], ['SIGINT']);
    expect(stdoutWhenRunning).toMatch(/^==> Starting Consul agent\.\.\.\n {11}Version: 'v/);
    expect(stdoutWhenRunning).toContain(`Node ID: '${fakeNodeId}'\n         Node name: 'web'\n`);
    expect(stdoutWhenRunning).toMatch(
      /\n\n==> Log data will now stream in as it occurs:\n\n==> Consul agent running!\n$/,
    );
    expect(io.printed.stderr).toBe('');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('that is a client leaves on %s', async (signal) => {
    const { code, agent, log } = await session(clientFlags, [signal]);
    expect(code).toBe(0);
    expect(agent.calls).toEqual(['leave']);
    expect(log).toEqual([
      '==> Consul agent running!',
      `[INFO]  agent: Caught: signal=${signal === 'SIGINT' ? 'interrupt' : 'terminated'}`,
      '[INFO]  agent: Gracefully shutting down agent...',
      '[INFO]  agent: Graceful exit completed',
      '[INFO]  agent: Exit code: code=0',
    ]);
  });

  test.each([
    ['SIGINT', serverFlags],
    ['SIGTERM', serverFlags],
    ['SIGINT', ['-dev']],
    ['SIGTERM', ['-dev']],
  ] as const)('that is a server stops on %s without leaving, with exit code 0: %j', async (signal, argv) => {
    const { code, agent, log } = await session(argv, [signal]);
    expect(code).toBe(0);
    expect(agent.calls).toEqual(['close']);
    expect(log.slice(-2)).toEqual([
      '[INFO]  agent: Graceful shutdown disabled. Exiting',
      '[INFO]  agent: Exit code: code=0',
    ]);
  });

  test('leaves or stays as it was configured', async () => {
    const files = { 'a.json': '{"leave_on_terminate": true, "skip_leave_on_interrupt": false}' };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { agent } = await session([...serverFlags, '-config-file=a.json'], [signal], { files });
      expect(agent.calls).toEqual(['leave']);
    }
    const stay = { 'a.json': '{"leave_on_terminate": false, "skip_leave_on_interrupt": true}' };
    const { agent } = await session([...clientFlags, '-config-dir', 'a.json'], ['SIGINT'], { files: stay });
    expect(agent.calls).toEqual(['close']);
  });

  test('ends at once on a second signal, whatever the first one is waiting for', async () => {
    const { code, log } = await session(clientFlags, ['SIGINT', 'SIGTERM'], {
      leave: () => new Promise(() => undefined),
    });
    expect(code).toBe(1);
    expect(log.slice(-2)).toEqual([
      '[WARN]  agent: Caught second signal, Exiting: signal=terminated',
      '[INFO]  agent: Exit code: code=1',
    ]);
  });

  test('ends with 0 when it left over HTTP, and removes its listeners for signals', async () => {
    const agent = fakeAgent();
    const io = recordingIo({ agent: agent.module });
    const ended = runProgram(['agent', '-dev'], io);
    await agent.running;
    expect(io.listenersCount()).toBe(1);
    agent.stop({ reason: 'left' });
    expect(await ended).toBe(0);
    expect(io.listenersCount()).toBe(0);
  });

  test('ends with 1 when it gave up', async () => {
    const agent = fakeAgent();
    const io = recordingIo({ agent: agent.module });
    const ended = runProgram(['agent', '-dev'], io);
    agent.stop({
      reason: 'failed',
      error: new AgentError('AGENT_JOIN', 'max join retry exhausted, exiting'),
    });
    expect(await ended).toBe(1);
    expect(logOf(io.printed.stdout).slice(-1)).toEqual(['[INFO]  agent: Exit code: code=1']);
  });

  test('has a pid file while it runs', async () => {
    const { diskWhenRunning, io } = await session(['-dev', '-pid-file=agent.pid'], ['SIGINT']);
    expect([...diskWhenRunning]).toEqual([['agent.pid', '4711']]);
    expect([...io.disk]).toEqual([]);
  });

  test('has the pid file of its configuration; the flag comes before it', async () => {
    const files = { 'a.json': '{"pid_file": "configured.pid"}' };
    const configured = await session(['-dev', '-config-file=a.json'], ['SIGINT'], { files });
    expect([...configured.diskWhenRunning]).toEqual([['configured.pid', '4711']]);
    expect([...configured.io.disk]).toEqual([]);
    expect(configured.log.join()).not.toContain('has no effect');
    const flagged = await session(['-dev', '-config-file=a.json', '-pid-file=flag.pid'], ['SIGINT'], {
      files,
    });
    expect([...flagged.diskWhenRunning]).toEqual([['flag.pid', '4711']]);
  });

  test('with -log-json prints nothing but JSON', async () => {
    const { io } = await session(['-dev', '-log-json'], ['SIGTERM']);
    const lines = io.printed.stdout.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => JSON.parse(line)['@message'])).toEqual([
      'Caught',
      'Graceful shutdown disabled. Exiting',
      'Exit code',
    ]);
  });
});

describe('the settings of an agent', () => {
  test.each([
    ['-config-dir=a.json', '-config-file=b.json', 'b'],
    ['-config-file=b.json', '-config-dir=a.json', 'a'],
  ])('%s %s: the last one given wins, whichever of the two flags names it', async (one, two, nodeName) => {
    const files = { 'a.json': '{"node_name": "a"}', 'b.json': '{"node_name": "b"}' };
    const { agent } = await session(['-dev', one, two], ['SIGINT'], { files });
    expect(agent.created).toMatchObject([{ nodeName }]);
  });

  test('come from files in order, then from flags above them', async () => {
    const files = {
      'a.json':
        '{"node_name": "file", "datacenter": "east", "retry_join": ["a"], "ports": {"http": 1, "dns": 2}}',
      'b.json': '{"datacenter": "west", "server": true}',
    };
    const argv = [
      ...clientFlags,
      '-config-file=a.json',
      '-config-file',
      'b.json',
      '-node=flag',
      '--server=false',
    ];
    const { agent } = await session([...argv, '-http-port', '3', '-retry-join=b'], ['SIGINT'], { files });
    expect(agent.created).toMatchObject([
      {
        nodeName: 'flag',
        datacenter: 'west',
        server: false,
        lanJoin: { retryJoin: ['b', 'a'] },
        ports: { http: 3, dns: 2 },
      },
    ]);
  });

  test('is HCL in a file and in pieces, which come above the flags', async () => {
    const files = {
      'a.hcl': 'datacenter = "west"\nretry_join = ["a"]\nports { http = 1 dns = 2 }',
      'b.conf': 'retry_join = ["b"]',
    };
    const { agent } = await session(
      [
        ...[
          '-dev',
          '-config-file=a.hcl',
          '-config-file=b.conf',
          '-config-format=hcl',
          '-retry-join=c',
          '-node=flag',
        ],
        ...['-hcl=node_name = "piece"', '-hcl', 'ports = { dns = 3 } retry_join = ["d"]'],
      ],
      ['SIGINT'],
      { files },
    );
    expect(agent.created).toMatchObject([
      {
        nodeName: 'piece',
        datacenter: 'west',
        lanJoin: { retryJoin: ['c', 'a', 'b', 'd'] },
        ports: { http: 1, dns: 3 },
      },
    ]);
  });

  test('may be files that are passed over, which the log says', async () => {
    const { log } = await session(['-dev', '-config-file=t.txt'], ['SIGINT']);
    expect(log[0]).toBe(
      '[WARN]  agent: skipping file t.txt, extension must be .hcl or .json, or config format must be set',
    );
  });

  test.each([
    [['extra'], 'Unexpected extra arguments: [extra]'],
    [['-dev', '-config-format=xml'], "config: -config-format must be either 'hcl' or 'json'"],
    [['-dev', '-hcl=x = 1'], 'flags-0.hcl: invalid config key x'],
    [
      ['-dev', '-hcl=ui = true', '-hcl=ports {\n  http = }'],
      'flags-1.hcl:2:10: not valid HCL: expected a value, got }',
    ],
    [['-dev', '-bootstrap-expect=3'], "'bootstrap_expect > 0' not allowed in dev mode"],
    [['-dev', '-datacenter=bad dc'], 'datacenter cannot be "bad dc". Please use only [a-z0-9-_]'],
    [
      ['-dev', '-log-level=foo'],
      'Invalid log level: foo. Valid log levels are: [TRACE DEBUG INFO WARN ERR ERROR]',
    ],
    [['-dev', '-bind=0.0.0.0', '-advertise=::'], 'Advertise address cannot be 0.0.0.0, :: or [::]'],
  ])('that are wrong are refused in one sentence before anything starts: %j', async (argv, sentence) => {
    const agent = fakeAgent();
    expect(await run(['agent', ...argv], { agent: agent.module })).toEqual({
      code: 1,
      stdout: '',
      stderr: `==> ${sentence}\n`,
    });
    expect(agent.created).toEqual([]);
  });

  test.each([['-segment=x'], ['-allow-write-http-from=127.0.0.0/8']])(
    'that ask for protection we do not have are refused: %s',
    async (flag) => {
      const { code, stdout, stderr } = await run(['agent', '-dev', flag], { agent: fakeAgent().module });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^==> command line: \S+ asks for .*, which this version does not have: /);
    },
  );
});

describe('an agent that cannot start', () => {
  test('says why in its log and ends with 1', async () => {
    const start = async () => {
      throw new AgentError('AGENT_BIND', 'listen tcp 127.25.0.9:8301: bind: address already in use');
    };
    const { code, stdout, stderr } = await run(['agent', '-dev'], { agent: fakeAgent({ start }).module });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(logOf(stdout)).toEqual([
      '[ERROR] agent: Error starting agent: error="listen tcp 127.25.0.9:8301: bind: address already in use"',
      '[INFO]  agent: Exit code: code=1',
    ]);
  });

  test('because of its pid file is closed again', async () => {
    const agent = fakeAgent();
    const { code, stdout } = await run(['agent', '-dev', '-pid-file=/missing/x'], { agent: agent.module });
    expect(code).toBe(1);
    expect(agent.calls).toEqual(['close']);
    expect(logOf(stdout)).toEqual([
      '[ERROR] agent: Error starting agent: error="Could not open pid file: open /missing/x: no such file or directory"',
      '[INFO]  agent: Exit code: code=1',
    ]);
  });

  test('because a signal came first ends cleanly', async () => {
    const io = recordingIo({
      agent: fakeAgent({
        start: ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(signal.reason));
            io.signal('SIGTERM');
          }),
      }).module,
    });
    expect(await runProgram(['agent', '-dev'], io)).toBe(0);
    expect(logOf(io.printed.stdout)).toEqual([
      '[INFO]  agent: Caught: signal=terminated',
      '[INFO]  agent: Exit code: code=0',
    ]);
  });

  test('because of a bug is not reported as a wrong setting', async () => {
    const start = async () => {
      throw new TypeError('bug');
    };
    await expect(run(['agent', '-dev'], { agent: fakeAgent({ start }).module })).rejects.toThrow('bug');
  });
});
