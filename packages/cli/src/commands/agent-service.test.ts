import { describe, expect, test } from 'vitest';
import { clientFlags, logOf, session, turn } from '../../test/agent-session.ts';
import { fakeAgent } from '../../test/fake-agent.ts';
import { recordingIo, run } from '../../test/recording-io.ts';
import type { LineSink } from '../line-output.ts';
import { runProgram } from '../program.ts';

/** An agent that runs, and the promise of its exit code. */
async function started(...[behaviour, world, argv = ['-dev']]: StartedWith) {
  const agent = fakeAgent(behaviour);
  const io = recordingIo({ ...world, agent: agent.module });
  const ended = runProgram(['agent', ...argv], io);
  await agent.running;
  await turn();
  return { agent, io, ended };
}
type StartedWith = [
  behaviour?: Parameters<typeof fakeAgent>[0],
  world?: Parameters<typeof recordingIo>[0],
  argv?: readonly string[],
];

describe('SIGHUP', () => {
  test('reloads the agent, and the log level for every part of it', async () => {
    const files: Record<string, string> = { 'a.json': '{"log_level": "info"}' };
    const argv = ['-dev', '-config-file=a.json'];
    const { agent, io, ended } = await started({ files }, {}, argv);
    files['a.json'] = '{"log_level": "warn"}';
    io.signal('SIGHUP');
    await turn();
    // The files are parsed in turns.
    await turn();
    expect(agent.calls).toEqual(['reload']);
    io.signal('SIGINT');
    expect(await ended).toBe(0);
    // What an agent at level info would log at its end is not logged.
    expect(logOf(io.printed.stdout)).toEqual([
      '==> Consul agent running!',
      '[INFO]  agent: Caught: signal=hangup',
    ]);
  });

  test('with a configuration that is wrong changes nothing', async () => {
    const files: Record<string, string> = { 'a.json': '{}' };
    const { agent, io, ended } = await started({ files }, {}, ['-dev', '-config-file=a.json']);
    files['a.json'] = '{"log_level": "loud"}';
    io.signal('SIGHUP');
    await turn();
    // The files are parsed in turns.
    await turn();
    expect(agent.calls).toEqual([]);
    io.signal('SIGINT');
    expect(await ended).toBe(0);
    expect(logOf(io.printed.stdout)).toContain(
      '[ERROR] agent: Reload config failed: error="Invalid log level: loud. Valid log levels are: [TRACE DEBUG INFO WARN ERR ERROR]"',
    );
  });

  test('before the agent runs is refused', async () => {
    const io = recordingIo({ agent: fakeAgent({ start: async () => io.signal('SIGHUP') }).module });
    const ended = runProgram(['agent', '-dev'], io);
    await turn();
    await turn();
    io.signal('SIGINT');
    expect(await ended).toBe(0);
    expect(logOf(io.printed.stdout)).toContain(
      '[ERROR] agent: Caught: signal=hangup error="cannot reload before agent started"',
    );
  });
});

test('SIGUSR1 writes what is counted to the log, before and after the start', async () => {
  const io = recordingIo({
    agent: fakeAgent({ start: async () => io.signal('SIGUSR1') }).module,
  });
  const ended = runProgram(['agent', '-dev'], io);
  await turn();
  await turn();
  io.signal('SIGUSR1');
  io.signal('SIGINT');
  expect(await ended).toBe(0);
  const log = logOf(io.printed.stdout);
  expect(
    log.filter((line) => /Stats: process: uptime_s=\d+ rss_bytes=\d+ .* log_lines_lost=0$/.test(line)),
  ).toHaveLength(2);
  expect(log).toContain('[INFO]  agent: Stats: the agent is still starting');
  expect(log).toContain('[INFO]  agent: Stats: LAN: membersCount=3');
});

describe('a service manager', () => {
  test('is not notified when it did not ask', async () => {
    const { io } = await session(['-dev'], ['SIGINT']);
    expect(io.notifications).toEqual([]);
  });

  test('is notified that the agent runs, reloads, runs again and stops', async () => {
    const env = { NOTIFY_SOCKET: '/run/notify' };
    const { io } = await session(['-dev'], ['SIGHUP', 'SIGTERM'], {}, { env });
    expect(io.notifications).toEqual([
      'READY=1',
      'RELOADING=1\nMONOTONIC_USEC=4711000',
      'READY=1',
      'STOPPING=1',
    ]);
  });

  test('that cannot be notified is one warning, and the agent runs on', async () => {
    const env = { NOTIFY_SOCKET: '/run/notify' };
    const world = { env, notifyProblem: 'the program systemd-notify is not installed' };
    const { code, log } = await session(['-dev'], ['SIGHUP', 'SIGTERM'], {}, world);
    expect(code).toBe(0);
    expect(log.filter((line) => line.includes('systemd'))).toEqual([
      '[WARN]  agent: systemd cannot be notified: install systemd-notify, or use Type=exec instead of Type=notify in the unit: message=READY=1 reason="the program systemd-notify is not installed"',
    ]);
  });

  test('is not notified of an agent that did not start', async () => {
    const start = async () => {
      throw Object.assign(new Error('no'), { code: 'AGENT_BIND' });
    };
    const io = recordingIo({ agent: fakeAgent({ start }).module, env: { NOTIFY_SOCKET: '/run/notify' } });
    expect(await runProgram(['agent', '-dev'], io)).toBe(1);
    expect(io.notifications).toEqual([]);
  });
});

describe('a log file', () => {
  test('gets the lines of stdout without their indent, and its settings are those of Consul', async () => {
    const argv = [
      '-dev',
      '-log-file=/logs/',
      '-log-rotate-bytes=9',
      '-log-rotate-duration=1h',
      '-log-rotate-max-files=-1',
    ];
    const { io, log } = await session(argv, ['SIGINT']);
    expect(io.logFiles.map(({ options }) => options)).toEqual([
      { path: '/logs/', rotateBytes: 9, rotateDurationMs: 3_600_000, rotateFilesMax: -1 },
    ]);
    const lines = io.logFiles[0]?.text.split('\n').slice(0, -1) ?? [];
    expect(lines.map((line) => line.replace(/^\d{4}-\S+ /, ''))).toEqual(
      log.filter((line) => !line.startsWith('==>')),
    );
    expect(log.join('\n')).not.toContain('has no effect');
  });

  test('is rotated once a day by default', async () => {
    const { io } = await session(['-dev', '-log-file=x.log', '-log-rotate-duration=0s'], ['SIGINT']);
    expect(io.logFiles[0]?.options).toEqual({
      path: 'x.log',
      rotateBytes: 0,
      rotateDurationMs: 86_400_000,
      rotateFilesMax: 0,
    });
  });

  test('that cannot be opened ends the start', async () => {
    const agent = fakeAgent();
    const outcome = await run(['agent', '-dev', '-log-file=/missing/x.log'], { agent: agent.module });
    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: '==> Failed to setup logging: open /missing/x.log: no such file or directory\n',
    });
    expect(agent.created).toEqual([]);
  });
});

describe('a stop', () => {
  test('that takes too long is cut off, 8 s after the signal', async () => {
    const { io, ended } = await started({ leave: () => new Promise(() => undefined) }, {}, clientFlags);
    io.signal('SIGTERM');
    await turn();
    io.pass(7_999);
    await turn();
    expect(io.printed.stdout).not.toContain('too long');
    io.pass(8_000);
    expect(await ended).toBe(1);
    expect(logOf(io.printed.stdout).slice(-2)).toEqual([
      '[ERROR] agent: Stop timed out: exiting without closing everything: deadline_ms=8000',
      '[INFO]  agent: Exit code: code=1',
    ]);
  });

  test('does not wait for a reader of the log that has stalled', async () => {
    const stalled: LineSink = { name: 'stdout', write: () => undefined };
    const { io, ended } = await started({}, { stdoutSink: stalled });
    io.signal('SIGTERM');
    await turn();
    await turn();
    io.pass(100);
    expect(await ended).toBe(0);
  });
});
