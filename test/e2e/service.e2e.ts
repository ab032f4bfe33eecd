import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../interop/wait-until.ts';
import { hobnobBin, runHobnob } from '../support/hobnob-process.ts';

/** Agents as service managers, shells and full disks treat them. */

let scratch = '';
const children: ChildProcess[] = [];
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'hobnob-service-'));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(scratch, { recursive: true, force: true });
});

interface StartOptions {
  readonly stdio?: StdioOptions;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** An agent that leaves on SIGTERM, with standard streams as the test wants them. */
function start(host: string, { stdio = ['ignore', 'pipe', 'pipe'], env = {}, args = [] }: StartOptions = {}) {
  const own = ['agent', `-bind=${host}`, `-client=${host}`, `-data-dir=${join(scratch, host)}`, '-node=svc'];
  const child = spawn(process.execPath, [hobnobBin, ...own, ...args], {
    stdio,
    env: { ...process.env, ...env },
  });
  children.push(child);
  return child;
}

/** Waits until its HTTP API answers, which needs none of its output. */
async function untilAnswers(host: string): Promise<void> {
  await waitUntil(
    `the agent on ${host} answers`,
    async () => (await runHobnob(['members', `-http-addr=${host}:8500`])).code === 0,
    { timeoutMs: 30_000, everyMs: 200, explain: async () => '' },
  );
}

/** Its output so far, and waiting for a line of it. */
function outputOf(child: ChildProcess) {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return {
    text: () => text,
    until: (pattern: RegExp) =>
      waitUntil(`output like ${pattern}`, () => pattern.test(text), {
        timeoutMs: 30_000,
        explain: async () => text,
      }),
  };
}

/** Sends the signal and says how the process ended. */
async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM') {
  const startedMs = performance.now();
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
  return { code: child.exitCode, signal: child.signalCode, elapsedMs: performance.now() - startedMs };
}

async function expectLeavesInTime(child: ChildProcess): Promise<void> {
  const { code, signal, elapsedMs } = await stop(child);
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  expect(elapsedMs).toBeLessThan(9_000);
}

describe('an agent keeps running and leaves in time', () => {
  test('when the reader of its output has closed the pipe', async () => {
    const child = start('127.26.1.1');
    child.stdout?.once('data', () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
    await untilAnswers('127.26.1.1');
    for (let times = 0; times < 5; times++) {
      child.kill('SIGUSR1');
      await sleep(20);
    }
    await untilAnswers('127.26.1.1');
    await expectLeavesInTime(child);
  });

  test('when the disk behind its output is full', async () => {
    const full = openSync('/dev/full', 'w');
    const child = start('127.26.1.2', { stdio: ['ignore', full, full] });
    closeSync(full);
    await untilAnswers('127.26.1.2');
    await expectLeavesInTime(child);
  });

  test('when the reader of its output stalls', async () => {
    const child = start('127.26.1.3');
    await untilAnswers('127.26.1.3');
    // More than the pipe and the buffer of this process hold.
    for (let times = 0; times < 600; times++) {
      child.kill('SIGUSR1');
      await sleep(2);
    }
    await untilAnswers('127.26.1.3');
    await expectLeavesInTime(child);
  });

  test('when its terminal vanishes, and ends with 0 all the same', async () => {
    const host = '127.26.1.4';
    const pidFile = join(scratch, 'tty.pid');
    const status = join(scratch, 'tty.status');
    const flags = `-bind=${host} -client=${host} -data-dir=${join(scratch, 'tty')} -pid-file=${pidFile}`;
    const line = `trap '' HUP; "${process.execPath}" "${hobnobBin}" agent ${flags}; echo $? > "${status}"`;
    const terminal = spawn('script', ['-qfc', line, '/dev/null'], { stdio: ['pipe', 'ignore', 'ignore'] });
    children.push(terminal);
    await untilAnswers(host);
    terminal.kill('SIGKILL');
    await sleep(500);
    await untilAnswers(host);
    process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGTERM');
    await waitUntil('the agent has ended', () => existsSync(status) && readFileSync(status, 'utf8') !== '', {
      timeoutMs: 9_000,
      explain: async () => '',
    });
    expect(readFileSync(status, 'utf8')).toBe('0\n');
  });
});

describe('signals', () => {
  test('SIGUSR1 opens no debugger, and writes statistics', async () => {
    const child = start('127.26.2.1');
    const output = outputOf(child);
    await output.until(/Consul agent running!/);
    child.kill('SIGUSR1');
    await output.until(/Stats: LAN: membersCount=1 /);
    expect(output.text()).not.toContain('Debugger listening');
    await stop(child, 'SIGINT');
  });

  test('SIGHUP does not kill an agent that is starting', async () => {
    const child = start('127.26.2.2');
    const output = outputOf(child);
    await waitUntil('the agent has its first handlers', () => catches(child.pid ?? 0, 1), {
      timeoutMs: 10_000,
      everyMs: 1,
      explain: async () => output.text(),
    });
    child.kill('SIGHUP');
    child.kill('SIGUSR1');
    await output.until(/Consul agent running!/);
    expect(output.text()).toContain('Caught: signal=hangup');
    // On a busy machine it may run before it hears of the signal.
    expect(output.text()).toMatch(/cannot reload before agent started|Reloaded the configuration/);
    await stop(child, 'SIGINT');
  });

  test('two requests to stop end even an agent that is starting at once', async () => {
    const child = start('127.26.2.3', { args: ['-join=192.0.2.1'] });
    await waitUntil('the agent has its first handlers', () => catches(child.pid ?? 0, 1), {
      timeoutMs: 10_000,
      everyMs: 1,
      explain: async () => '',
    });
    child.kill('SIGTERM');
    await sleep(20);
    const { signal, elapsedMs } = await stop(child, 'SIGINT');
    expect(signal).toBeNull();
    expect(elapsedMs).toBeLessThan(2_000);
  });
});

/** Whether a process has a handler for the signal of this number. Source: proc(5), SigCgt. */
function catches(pid: number, signal: number): boolean {
  const [, caught = '0'] = /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return ((BigInt(`0x${caught}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** A service manager: prints every message that arrives, and lets senders go on. */
const manager = `
import os, socket, struct, sys
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\\0' + name[1:] if name.startswith('@') else name)
print('bound', flush=True)
while True:
    data, rights, _, _ = s.recvmsg(4096, 256)
    for _, _, fds in rights:
        for fd in struct.unpack('%di' % (len(fds) // 4), fds): os.close(fd)
    print(data.decode().replace('\\n', ' '), flush=True)
`;

describe('systemd', () => {
  test.each(['@hobnob-e2e', 'notify.sock'])(
    'is notified of the start, a reload and the stop at %s',
    async (name) => {
      const address = name.startsWith('@') ? `${name}-${process.pid}` : join(scratch, name);
      const listener = spawn('python3', ['-c', manager, address], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(listener);
      const notified = outputOf(listener);
      await notified.until(/^bound$/m);
      const child = start('127.26.3.1', { env: { NOTIFY_SOCKET: address } });
      const output = outputOf(child);
      await notified.until(/^READY=1$/m);
      expect(output.text()).toContain('Consul agent running!');
      child.kill('SIGHUP');
      await notified.until(/^RELOADING=1 MONOTONIC_USEC=\d+$[\s\S]*^READY=1$/m);
      await expectLeavesInTime(child);
      await notified.until(/^STOPPING=1$/m);
      listener.kill();
      expect(output.text()).not.toContain('systemd cannot be notified');
    },
  );

  test('that cannot be notified is one warning', async () => {
    const child = start('127.26.3.2', { env: { NOTIFY_SOCKET: join(scratch, 'no-socket'), PATH: scratch } });
    const output = outputOf(child);
    await output.until(/\[WARN\] .*systemd cannot be notified/);
    await expectLeavesInTime(child);
    expect(output.text().match(/systemd cannot be notified/g)).toHaveLength(1);
  });
});

test('a log file is rotated, and goes on when its output does not', async () => {
  const folder = `${join(scratch, 'logs')}/`;
  const missing = await runHobnob(['agent', '-dev', `-log-file=${folder}`]);
  expect(missing).toMatchObject({ code: 1, stdout: '' });
  expect(missing.stderr).toMatch(
    /^==> Failed to setup logging: open .*consul-\d{19}\.log: no such file or directory\n$/,
  );
  const full = openSync('/dev/full', 'w');
  const args = [
    `-log-file=${join(scratch, 'agent.log')}`,
    '-log-rotate-bytes=700',
    '-log-rotate-max-files=1',
  ];
  const child = start('127.26.4.1', { stdio: ['ignore', full, full], args });
  closeSync(full);
  await untilAnswers('127.26.4.1');
  for (let times = 0; times < 6; times++) {
    child.kill('SIGUSR1');
    await sleep(20);
  }
  await expectLeavesInTime(child);
  const files = (await readdir(scratch)).filter((name) => /^agent-\d{19}\.log$/.test(name)).sort();
  expect(files).toHaveLength(2);
  expect(await readFile(join(scratch, files[1] ?? ''), 'utf8')).toMatch(
    /^\d{4}-\S+ \[INFO\] {2}agent: Exit code: code=0\n/m,
  );
});

describe('the output of a short command', () => {
  /** What a shell line prints and how it ends. */
  function shell(line: string): Promise<{ readonly code: unknown; readonly stderr: string }> {
    const command = `"${process.execPath}" "${hobnobBin}"`;
    return new Promise((resolve) => {
      execFile('sh', ['-c', line.replaceAll('HOBNOB', command)], (error, _stdout, stderr) =>
        resolve({ code: error === null ? 0 : error.code, stderr }),
      );
    });
  }

  test('that cannot be written ends it with one sentence', async () => {
    expect(await shell('HOBNOB version > /dev/full')).toEqual({
      code: 1,
      stderr: 'Error writing the output: ENOSPC: no space left on device, write\n',
    });
    expect(await shell('HOBNOB version 2> /dev/full > /dev/full')).toEqual({ code: 1, stderr: '' });
  });

  test('whose reader goes away ends it without a word', async () => {
    for (const line of ['HOBNOB -h | true', 'HOBNOB agent -h | head -1', 'HOBNOB frob 2>&1 | true']) {
      expect((await shell(line)).stderr).toBe('');
    }
  });
});
