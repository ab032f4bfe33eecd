import type { Agent, AgentConfig, AgentLogger, AgentOptions } from '@hobnob/agent';
import { systemErrorText } from '@hobnob/gossip/files';
import { type AgentLog, createAgentLog } from '../agent-log.ts';
import { formatBanner } from '../banner.ts';
import type { AgentModule, CliIo } from '../io.ts';
import type { LineSink } from '../line-output.ts';
import { exitFailure, exitOk } from '../output.ts';
import { consulVersion, readVersion } from '../version.ts';
import { skippedSentence } from './load-config.ts';
import { logStats } from './log-stats.ts';
import { operatingMessage } from './operating-error.ts';
import { PidFile, PidFileError } from './pid-file.ts';
import { ServiceNotifier } from './service-notifier.ts';
import { type StopSignal, watchSignals } from './signals.ts';

/** An agent that is ready to be started. */
export interface AgentLaunch {
  readonly options: AgentOptions;
  readonly config: AgentConfig;
  /** Configuration files that were passed over. */
  readonly skipped: readonly string[];
  /** Reads the same files and flags again. Rejects as the first reading does. */
  readAgain(): Promise<AgentOptions>;
}

/** The words Go uses for the signals, as in Consul's log. */
const signalWords: Readonly<Record<StopSignal, string>> = { SIGINT: 'interrupt', SIGTERM: 'terminated' };

/**
 * From the first signal on; with what follows, the process is gone within the 9 s that Docker's default of 10
 * leaves.
 */
const stopDeadlineMs = 8_000;
/** What removing the pid file, and then the last lines of the log may take. */
const pidFileMs = 500;
const lastLinesMs = 100;

/** What one run of an agent consists of. */
interface Run {
  readonly launch: AgentLaunch;
  readonly agentModule: AgentModule;
  readonly io: CliIo;
  readonly output: AgentLog;
  /** The command's own logger. */
  readonly log: AgentLogger;
  readonly pidFile: PidFile;
  readonly notifier: ServiceNotifier;
  /** The agent, once it runs. */
  agent: Agent | undefined;
}

/**
 * Starts the agent, prints the banner and the log, and stops as its configuration says on the first signal;
 * a second one does not wait. Resolves with the exit code, within 8.6 s of the first signal.
 */
export async function runAgent(launch: AgentLaunch, agentModule: AgentModule, io: CliIo): Promise<number> {
  const { config } = launch;
  const file = openLogFile(config, io);
  if (file === 'failed') return exitFailure;
  const output = createAgentLog({
    level: config.logLevel,
    json: config.logJson,
    stdout: io.stdoutSink(),
    file,
  });
  const log = output.logger.child({ component: 'agent' });
  for (const path of launch.skipped) log.warn({}, skippedSentence(path));
  const notifier = new ServiceNotifier(io, log);
  const pidFile = new PidFile(config.pidFile, io);
  const run: Run = { launch, agentModule, io, output, log, pidFile, notifier, agent: undefined };
  const signals = watchSignals(io, {
    onReload: reloader(run, () => run.agent),
    onStats: () => logStats(log, { agent: run.agent, lost: output.lostLines() }),
  });
  let cancelLate = (): void => undefined;
  const late = signals.first.then(
    () =>
      new Promise<void>((resolve) => {
        cancelLate = io.wakeAfter(stopDeadlineMs, resolve);
      }),
  );
  try {
    const code = await Promise.race([
      supervise(run, signals.first),
      signals.second.then((signal) => {
        log.warn({ signal: signalWords[signal] }, 'Caught second signal, Exiting');
        return exitFailure;
      }),
      late.then(() => {
        log.error({ deadline_ms: stopDeadlineMs }, 'Stop timed out: exiting without closing everything');
        return exitFailure;
      }),
    ]);
    await within(pidFile.remove(), pidFileMs, io);
    log.info({ code }, 'Exit code');
    await within(output.idle(), lastLinesMs, io);
    return code;
  } finally {
    signals.end();
    cancelLate();
  }
}

/** The file that the log goes to besides stdout; the words for one that cannot be opened are Consul's. */
function openLogFile({ logFile }: AgentConfig, io: CliIo): LineSink | undefined | 'failed' {
  if (logFile === undefined) return undefined;
  try {
    return io.openLogFile(logFile);
  } catch (error) {
    const path = error instanceof Error && 'path' in error ? String(error.path) : logFile.path;
    io.stderr(`==> Failed to setup logging: open ${path}: ${systemErrorText(error)}\n`);
    return 'failed';
  }
}

/** Reloads on SIGHUP; the agent itself reloads one after the other. */
function reloader({ log, notifier }: Run, agentOf: () => Agent | undefined): () => void {
  let runningCount = 0;
  const reload = async (agent: Agent): Promise<void> => {
    runningCount += 1;
    if (runningCount === 1) notifier.reloading();
    try {
      await agent.reload();
    } catch (error) {
      log.error({ error }, 'Reload config failed');
    }
    runningCount -= 1;
    if (runningCount === 0) notifier.ready();
  };
  return () => {
    const agent = agentOf();
    if (agent === undefined) {
      log.error({ signal: 'hangup', error: 'cannot reload before agent started' }, 'Caught');
      return;
    }
    log.info({ signal: 'hangup' }, 'Caught');
    void reload(agent);
  };
}

/** Resolves when the work is done or the time is up. Rejects as the work does. */
function within(work: Promise<void>, delayMs: number, io: CliIo): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = io.wakeAfter(delayMs, resolve);
    work.finally(cancel).then(resolve, reject);
  });
}

/** From start to stop; resolves with the exit code. */
async function supervise(run: Run, stopRequest: Promise<StopSignal>): Promise<number> {
  const { launch, agentModule, io, output, log, pidFile, notifier } = run;
  const starting = new AbortController();
  const abortStart = stopRequest.then((signal) => {
    notifier.stopping();
    starting.abort(signal);
  });
  let isPrepared = false;
  let agent: Agent | undefined;
  try {
    agent = await agentModule.createAgent(launch.options, {
      logger: output.logger,
      signal: starting.signal,
      readOptions: launch.readAgain,
      onReloaded: ({ logLevel }) => output.setLevel(logLevel),
      onPrepared: ({ config, nodeId }) => {
        isPrepared = true;
        const version = `v${readVersion()} (speaks Consul ${consulVersion})`;
        output.print(formatBanner({ config, nodeId, version }));
        output.open();
      },
    });
    await pidFile.write();
  } catch (error) {
    if (starting.signal.aborted) {
      await abortStart;
      output.open();
      log.info({ signal: signalWords[await stopRequest] }, 'Caught');
      return exitOk;
    }
    const message = error instanceof PidFileError ? error.message : operatingMessage(error);
    if (isPrepared) log.error({ error: message }, 'Error starting agent');
    else io.stderr(`==> ${message}\n`);
    await agent?.close();
    return exitFailure;
  }
  run.agent = agent;
  output.print('==> Consul agent running!\n');
  notifier.ready();
  const end = await Promise.race([agent.stopped, stopRequest]);
  if (typeof end === 'string') {
    await stopOnSignal(agent, end, log);
    return exitOk;
  }
  notifier.stopping();
  // An agent that gives up has logged why.
  return end.reason === 'failed' ? exitFailure : exitOk;
}

/** Leaves or just stops, as the configuration says for this signal. */
async function stopOnSignal(agent: Agent, signal: StopSignal, log: AgentLogger): Promise<void> {
  log.info({ signal: signalWords[signal] }, 'Caught');
  const { leaveOnTerminate, skipLeaveOnInterrupt } = agent.config;
  if (signal === 'SIGTERM' ? leaveOnTerminate : !skipLeaveOnInterrupt) {
    log.info({}, 'Gracefully shutting down agent...');
    await agent.leave();
    log.info({}, 'Graceful exit completed');
  } else {
    log.info({}, 'Graceful shutdown disabled. Exiting');
    await agent.close();
  }
}
