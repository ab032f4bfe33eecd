import type { LogFileConfig } from '@hobnob/agent';
import type { AgentClient, AgentClientOptions, MemberRecord } from '@hobnob/agent/client';
import type { AgentModule, CliIo, CliSignal } from '../src/io.ts';
import type { LineSink } from '../src/line-output.ts';
import { runProgram } from '../src/program.ts';

/** The calls that a test answers; others are errors. */
export type FakeClient = {
  readonly [Name in keyof AgentClient]?: AgentClient[Name] extends (...args: never[]) => unknown
    ? AgentClient[Name]
    : Partial<AgentClient[Name]>;
};

/** What a test decides about the world around a command. */
export interface FakeWorld {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: ReadonlyMap<string, string>;
  readonly client?: FakeClient;
  readonly stdin?: string;
  readonly agent?: AgentModule;
  readonly startChild?: CliIo['startChild'];
  readonly commandName?: string;
  /** In place of the standard output for the lines of an agent. */
  readonly stdoutSink?: LineSink;
  /** Why the service manager cannot be notified. */
  readonly notifyProblem?: string;
}

/** A `CliIo` that remembers what was printed and asked. */
export interface RecordingIo extends CliIo {
  readonly printed: { stdout: string; stderr: string };
  readonly connections: AgentClientOptions[];
  readonly disk: Map<string, string>;
  /** What was asked for as log files, and what they hold. */
  readonly logFiles: { readonly options: LogFileConfig; text: string }[];
  /** Messages to the service manager. */
  readonly notifications: string[];
  /** Lets every timer that waits at most so long ring. */
  pass(delayMs: number): void;
  signal(signal: CliSignal): void;
  /** How many listeners signals have now. */
  listenersCount(): number;
}

export function recordingIo(world: FakeWorld = {}): RecordingIo {
  const printed = { stdout: '', stderr: '' };
  const connections: AgentClientOptions[] = [];
  const disk = new Map(world.files);
  const listeners = new Set<(signal: CliSignal) => void>();
  const timers = new Set<{ readonly delayMs: number; readonly wake: () => void }>();
  const logFiles: RecordingIo['logFiles'] = [];
  const notifications: string[] = [];
  const printing: LineSink = {
    name: 'stdout',
    write(text, done) {
      printed.stdout += text;
      done();
    },
  };
  return {
    printed,
    logFiles,
    notifications,
    connections,
    disk,
    commandName: world.commandName ?? 'consul',
    env: world.env ?? {},
    pid: 4711,
    files: {
      async readText(path) {
        const text = disk.get(path);
        if (text === undefined) throw noSuchFile(path);
        return text;
      },
      async readBytes(path) {
        const text = disk.get(path);
        if (text === undefined) throw noSuchFile(path);
        return Buffer.from(text);
      },
      async writeText(path, text) {
        if (path.startsWith('/missing/')) throw noSuchFile(path);
        disk.set(path, text);
      },
      async remove(path) {
        if (!disk.delete(path)) throw noSuchFile(path);
      },
    },
    async readClientTls({ caFile, caPath, certFile, keyFile }) {
      const pair = certFile === undefined ? {} : { cert: `cert of ${certFile}`, key: `key of ${keyFile}` };
      return { ...pair, ca: `ca of ${caFile ?? caPath ?? 'the system'}` };
    },
    async readStdin() {
      if (world.stdin === undefined) throw new Error('this command must not read standard input');
      return world.stdin;
    },
    async readStdinBytes() {
      if (world.stdin === undefined) throw new Error('this command must not read standard input');
      return Buffer.from(world.stdin);
    },
    startChild(given) {
      if (world.startChild === undefined) throw new Error('this command must not start a program');
      return world.startChild(given);
    },
    now: () => ({ ms: 0, offsetMinutes: 0 }),
    stdoutBytes(bytes) {
      printed.stdout += Buffer.from(bytes).toString();
    },
    stdout(text) {
      printed.stdout += text;
    },
    stderr(text) {
      printed.stderr += text;
    },
    stdoutSink: () => world.stdoutSink ?? printing,
    openLogFile(options) {
      if (options.path.startsWith('/missing/')) throw noSuchFile(options.path);
      const file = { options, text: '' };
      logFiles.push(file);
      return {
        name: options.path,
        write(text, done) {
          file.text += text;
          done();
        },
      };
    },
    createClient(options) {
      connections.push(options);
      return fakeClient(world.client);
    },
    async loadAgent() {
      if (world.agent === undefined) throw new Error('this command must not load the agent');
      return world.agent;
    },
    randomBytes: (count) => new Uint8Array(count).fill(7),
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    wakeAfter(delayMs, wake) {
      const timer = { delayMs, wake };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pass(delayMs) {
      for (const timer of [...timers]) {
        if (timer.delayMs <= delayMs && timers.delete(timer)) timer.wake();
      }
    },
    async notifyServiceManager(message) {
      notifications.push(message);
      return world.notifyProblem;
    },
    monotonicUs: () => 4_711_000n,
    signal(signal) {
      for (const listener of listeners) listener(signal);
    },
    listenersCount: () => listeners.size,
  };
}

/** Calls that answer as the test says, in groups and outside of them, and throw where it says nothing. */
function callsOf<T extends object>(given: object, groups: Readonly<Record<string, object>> = {}): T {
  return new Proxy(given, {
    get(target, name) {
      if (typeof name === 'string' && Object.hasOwn(groups, name)) return groups[name];
      const call: unknown = Reflect.get(target, name);
      if (call !== undefined) return call;
      return () => {
        throw new Error(`this test expected no request "${String(name)}"`);
      };
    },
  }) as T;
}

function fakeClient(given: FakeClient = {}): AgentClient {
  const groups = ['catalog', 'health', 'agent', 'kv', 'session', 'status'] as const;
  return callsOf<AgentClient>(
    given,
    Object.fromEntries(groups.map((group) => [group, callsOf(given[group] ?? {})])),
  );
}

function noSuchFile(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), {
    code: 'ENOENT',
    path,
  });
}

/** Exit code and output of one command line. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line in a fake world. */
export async function run(argv: readonly string[], world: FakeWorld = {}): Promise<Outcome> {
  const io = recordingIo(world);
  const code = await runProgram(argv, io);
  return { code, ...io.printed };
}

/** A member as the HTTP API lists it. */
export function memberRecord(
  name: string,
  overrides: Partial<Pick<MemberRecord, 'Addr' | 'Port' | 'Status' | 'Tags'>> = {},
): MemberRecord {
  return {
    Name: name,
    Addr: '127.25.0.1',
    Port: 8301,
    Tags: {},
    Status: 1,
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
    ...overrides,
  };
}
