import { AgentClientError, type Held, type HoldOptions, LockError } from '@hobnob/agent/client';
import { describe, expect, test } from 'vitest';
import { turn } from '../../test/agent-session.ts';
import { fakeChildren } from '../../test/fake-child.ts';
import { type FakeWorld, recordingIo, run } from '../../test/recording-io.ts';
import { runProgram } from '../program.ts';

/** Lines and exit codes are those of Consul 1.8.7; test/interop/cli.interop.ts compares them with the real ones. */

interface LockBehaviour {
  readonly acquire?: (signal: AbortSignal) => Promise<unknown>;
  readonly release?: () => Promise<void>;
  readonly destroy?: () => Promise<void>;
}

/** A client whose lock and semaphore do as told, and what was asked of them. */
function lockWorld(behaviour: LockBehaviour = {}) {
  const asked: unknown[] = [];
  const lost = new AbortController();
  const held: Held = {
    session: 's',
    signal: lost.signal,
    async release() {
      asked.push('release');
      await behaviour.release?.();
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const exclusion = {
    async acquire({ signal = new AbortController().signal } = {}) {
      asked.push('acquire');
      await behaviour.acquire?.(signal);
      return held;
    },
    async tryAcquire({ waitMs }: { readonly waitMs?: number } = {}) {
      asked.push(`try for ${waitMs} ms`);
      return undefined;
    },
    async destroy() {
      asked.push('destroy');
      await behaviour.destroy?.();
    },
  };
  const client = {
    self: async () => ({}) as never,
    lock(key: string, options?: HoldOptions) {
      asked.push(['lock', key, options]);
      return exclusion;
    },
    semaphore(prefix: string, options: object) {
      asked.push(['semaphore', prefix, options]);
      return exclusion;
    },
  };
  return { asked, lost, client };
}

/** Starts the command; resolves when its program runs. */
async function startLock(
  words: readonly string[],
  world: ReturnType<typeof lockWorld>,
  more: FakeWorld = {},
) {
  const children = fakeChildren();
  const io = recordingIo({ client: world.client, startChild: children.startChild, ...more });
  const exit = runProgram(['lock', ...words], io);
  return { io, exit, child: await children.first };
}

const defaults = { monitorRetries: 3, monitorRetryMs: 1000 };

describe('lock', () => {
  test('runs the program in a shell while it holds the lock, and cleans up', async () => {
    const world = lockWorld();
    const { io, exit, child } = await startLock(['-verbose', '/a//b', 'echo', '$X'], world, {
      env: { SHELL: '/bin/zsh' },
    });
    expect(child.given).toEqual({
      argv: ['/bin/zsh', '-c', 'echo $X'],
      env: { CONSUL_LOCK_HELD: 'true' },
      stdin: 'none',
    });
    expect(world.asked).toEqual([
      ['lock', 'a/b/.lock', { sessionName: "Consul lock for 'echo $X' at 'a//b'", ...defaults }],
      'acquire',
    ]);
    child.end({ type: 'exited', code: 0 });
    expect(await exit).toBe(0);
    expect(world.asked.slice(2)).toEqual(['release', 'destroy']);
    expect(io.printed).toEqual({
      stdout:
        'Setting up lock at path: a/b/.lock\nAttempting lock acquisition\nStarting handler\nChild terminated, releasing lock\nCleanup succeeded\n',
      stderr: '',
    });
    expect(io.listenersCount()).toBe(0);
  });

  test('is a semaphore with -n, runs the words themselves with -shell=false, and takes every flag', async () => {
    const world = lockWorld();
    const words = '-n=2 -name=me -monitor-retry=0 -datacenter=d -pass-stdin -shell=false p cat -x';
    const { exit, child } = await startLock(words.split(' '), world);
    expect(child.given).toMatchObject({ argv: ['cat', '-x'], stdin: 'inherit' });
    expect(world.asked[0]).toEqual([
      'semaphore',
      'p',
      { sessionName: 'me', monitorRetries: 0, monitorRetryMs: 1000, datacenter: 'd', limit: 2 },
    ]);
    child.end({ type: 'exited', code: 0 });
    expect(await exit).toBe(0);
  });

  test.each([
    [[], 0],
    [['-child-exit-code'], 2],
  ])('with %j a program that fails makes the exit code %i', async (flags, code) => {
    for (const [end, line] of [
      [{ type: 'exited', code: 3 }, 'Error running handler: exit status 3\n'],
      [{ type: 'killed', signal: 'SIGKILL' }, 'Error running handler: signal: killed\n'],
      [{ type: 'not-started', problem: 'exec: "x"' }, 'Error starting handler: exec: "x"\n'],
    ] as const) {
      const { io, exit, child } = await startLock([...flags, 'p', 'x'], lockWorld());
      child.end(end);
      expect(await exit).toBe(code);
      expect(io.printed).toEqual({ stdout: '', stderr: line });
    }
  });

  test('ends the program when the lock is lost: SIGTERM, and SIGKILL after 5 s', async () => {
    const world = lockWorld();
    const { io, exit, child } = await startLock(['-verbose', 'p', 'x'], world);
    world.lost.abort();
    await turn();
    expect(child.signals).toEqual(['SIGTERM']);
    io.pass(4_999);
    await turn();
    expect(child.signals).toEqual(['SIGTERM']);
    io.pass(5_000);
    await turn();
    expect(child.signals).toEqual(['SIGTERM', 'SIGKILL']);
    // It is not given up before the program is gone.
    expect(world.asked).not.toContain('release');
    child.end({ type: 'killed', signal: 'SIGKILL' });
    expect(await exit).toBe(0);
    expect(io.printed.stderr).toBe('Error running handler: signal: killed\n');
    expect(io.printed.stdout).toMatch(
      /Lock lost, killing child\nTerminating child pid 100\nChild did not exit after grace period of 5s\nKilling child pid 100\nCleanup succeeded\n$/,
    );
  });

  test('passes a signal on, and ends the program', async () => {
    const { io, exit, child } = await startLock(['-verbose', 'p', 'x'], lockWorld());
    io.signal('SIGINT');
    await turn();
    expect(child.signals).toEqual(['SIGINT', 'SIGTERM']);
    child.end({ type: 'exited', code: 0 });
    expect(await exit).toBe(0);
    expect(io.printed.stdout).toContain('Shutdown triggered, killing child\n');
  });

  test('a signal ends the wait', async () => {
    const whenAborted = (signal: AbortSignal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const world = lockWorld({ acquire: whenAborted });
    const io = recordingIo({ client: world.client });
    const exit = runProgram(['lock', 'p', 'x'], io);
    await turn();
    io.signal('SIGTERM');
    expect(await exit).toBe(1);
    expect(io.printed.stderr).toBe('Shutdown triggered or timeout during lock acquisition\n');
  });

  test.each(['-timeout=1500ms', '-try=1.5s'])('%s limits the wait', async (flag) => {
    const { asked, client } = lockWorld();
    expect(await run(['lock', flag, 'p', 'x'], { client })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Shutdown triggered or timeout during lock acquisition\n',
    });
    expect(asked[1]).toBe('try for 1500 ms');
  });

  test.each([
    [['p'], 'Key prefix and child command must be specified'],
    [['-n=0', 'p', 'x'], 'Lock holder limit must be positive'],
    [['-timeout=-1s', 'p', 'x'], 'Timeout must be positive'],
    [['-monitor-retry=-1', 'p', 'x'], "Number for 'monitor-retry' must be >= 0"],
    [['-n=2', '/', 'x'], 'Lock setup failed: missing prefix'],
  ])('%j is refused', async (words, line) => {
    const outcome = await run(['lock', ...words], { client: lockWorld().client });
    expect(outcome).toEqual({ code: 1, stdout: '', stderr: `${line}\n` });
  });

  test.each([
    ['PUT', '/v1/session/create', 'failed to create session: Unexpected response code: 500 (no)'],
    ['GET', '/v1/kv/p/.lock', 'failed to read lock: Unexpected response code: 500'],
    ['GET', '/v1/kv/p?recurse=', 'failed to read prefix: Unexpected response code: 500'],
    ['PUT', '/v1/kv/p/.lock?acquire=s', 'failed to acquire lock: Unexpected response code: 500 (no)'],
    ['PUT', '/v1/kv/p/s?acquire=s', 'failed to make contender entry: Unexpected response code: 500 (no)'],
    ['PUT', '/v1/kv/p/.lock?cas=1', 'failed to update lock: Unexpected response code: 500 (no)'],
    ['PUT', '/v1/kv/p/.lock?release=s', 'failed to release lock: Unexpected response code: 500 (no)'],
    ['DELETE', '/v1/kv/p/.lock?cas=1', 'failed to remove lock: Unexpected response code: 500 (no)'],
  ])('a failed %s %s is named: %s', async (method, path, line) => {
    const acquire = async () => {
      const request = { method, url: `http://127.0.0.1:8500${path}`, status: 500, body: 'no' };
      throw new AgentClientError('CLIENT_STATUS', 'refused', request);
    };
    const outcome = await run(['lock', 'p', 'x'], { client: lockWorld({ acquire }).client });
    expect(outcome).toEqual({ code: 1, stdout: '', stderr: `Lock acquisition failed: ${line}\n` });
  });

  test('a lock that others want is left there; another failure of the clean-up is one', async () => {
    for (const [code, exitCode, stderr] of [
      ['CLIENT_LOCK_IN_USE', 0, ''],
      ['CLIENT_LOCK_CONFLICT', 1, 'Lock cleanup failed: the message\n'],
    ] as const) {
      const destroy = async () => Promise.reject(new LockError(code, 'the message'));
      const { io, exit, child } = await startLock(['-verbose', 'p', 'x'], lockWorld({ destroy }));
      child.end({ type: 'exited', code: 0 });
      expect(await exit).toBe(exitCode);
      expect(io.printed.stderr).toBe(stderr);
      expect(io.printed.stdout.includes('Cleanup aborted, lock in use\n')).toBe(exitCode === 0);
    }
  });
});
