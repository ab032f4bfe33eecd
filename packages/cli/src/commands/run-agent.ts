import type { Agent, AgentConfig, AgentLogger, AgentOptions } from '@hobnob/agent';
import { createAgentLog } from '../agent-log.ts';
import { formatBanner } from '../banner.ts';
import type { AgentModule, CliIo } from '../io.ts';
import { osErrorText } from '../os-error.ts';
import { exitFailure, exitOk } from '../output.ts';
import { consulVersion, readVersion } from '../version.ts';
import { skippedSentence } from './load-config.ts';
import { operatingMessage } from './operating-error.ts';
import { type StopSignal, watchSignals } from './signals.ts';

/** An agent that is ready to be started. */
export interface AgentLaunch {
  readonly options: AgentOptions;
  readonly config: AgentConfig;
  /** Configuration files that were passed over. */
  readonly skipped: readonly string[];
}

/** The words Go uses for the signals, as in Consul's log. */
const signalWords: Readonly<Record<StopSignal, string>> = { SIGINT: 'interrupt', SIGTERM: 'terminated' };

/**
 * Starts the agent, prints the banner and the log, and stops as its configuration says on the first signal;
 * a second one does not wait. Resolves with the exit code.
 */
export async function runAgent(launch: AgentLaunch, agentModule: AgentModule, io: CliIo): Promise<number> {
  const { config } = launch;
  const { logger, open } = createAgentLog({
    level: config.logLevel,
    json: config.logJson,
    write: (line) => io.stdout(line),
  });
  const log = logger.child({ component: 'agent' });
  for (const path of launch.skipped) log.warn({}, skippedSentence(path));
  const signals = watchSignals(io, () => {
    log.info({ signal: 'hangup' }, 'Caught');
    log.warn({}, 'Reloading the configuration has no effect yet: restart the agent instead');
  });
  const pidFile = new PidFile(config.pidFile, io);
  try {
    const code = await Promise.race([
      supervise({ launch, agentModule, io, logger, log, open, pidFile, stopRequest: signals.first }),
      signals.second.then((signal) => {
        log.warn({ signal: signalWords[signal] }, 'Caught a second signal: exiting at once');
        return exitFailure;
      }),
    ]);
    await pidFile.remove();
    log.info({ code }, 'Exit code');
    return code;
  } finally {
    signals.end();
  }
}

interface Supervision {
  readonly launch: AgentLaunch;
  readonly agentModule: AgentModule;
  readonly io: CliIo;
  readonly logger: AgentLogger;
  /** The command's own voice. */
  readonly log: AgentLogger;
  readonly open: () => void;
  readonly pidFile: PidFile;
  readonly stopRequest: Promise<StopSignal>;
}

/** From start to stop; resolves with the exit code. */
async function supervise(supervision: Supervision): Promise<number> {
  const { launch, agentModule, io, logger, log, open, pidFile, stopRequest } = supervision;
  const { logJson } = launch.config;
  const starting = new AbortController();
  const abortStart = stopRequest.then((signal) => starting.abort(signal));
  let isPrepared = false;
  let agent: Agent | undefined;
  try {
    agent = await agentModule.createAgent(launch.options, {
      logger,
      signal: starting.signal,
      onPrepared: ({ config, nodeId }) => {
        isPrepared = true;
        const version = `v${readVersion()} (speaks Consul ${consulVersion})`;
        if (!logJson) io.stdout(formatBanner({ config, nodeId, version }));
        open();
      },
    });
    await pidFile.write();
  } catch (error) {
    if (starting.signal.aborted) {
      await abortStart;
      open();
      log.info({ signal: signalWords[await stopRequest] }, 'Caught');
      return exitOk;
    }
    const message = error instanceof PidFileError ? error.message : operatingMessage(error);
    if (isPrepared) log.error({ error: message }, 'Error starting agent');
    else io.stderr(`==> ${message}\n`);
    await agent?.close();
    return exitFailure;
  }
  if (!logJson) io.stdout('==> Consul agent running!\n');
  const end = await Promise.race([agent.stopped, stopRequest]);
  if (typeof end === 'string') {
    await stopOnSignal(agent, end, log);
    return exitOk;
  }
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

/** The pid file cannot be written; the message is Consul's. */
class PidFileError extends Error {
  override readonly name = 'PidFileError';
}

/** The file that names the process while the agent runs. */
class PidFile {
  readonly #path: string;
  readonly #io: CliIo;
  #isWritten = false;

  constructor(path: string, io: CliIo) {
    this.#path = path;
    this.#io = io;
  }

  /** @throws PidFileError */
  async write(): Promise<void> {
    if (this.#path === '') return;
    try {
      await this.#io.files.writeText(this.#path, String(this.#io.pid));
    } catch (cause) {
      const message = `Could not open pid file: open ${this.#path}: ${osErrorText(cause)}`;
      throw new PidFileError(message, { cause });
    }
    this.#isWritten = true;
  }

  /** Removes only what we wrote; somebody may have been faster. */
  async remove(): Promise<void> {
    if (!this.#isWritten) return;
    this.#isWritten = false;
    try {
      await this.#io.files.remove(this.#path);
    } catch (error) {
      this.#io.stderr(`Could not remove pid file ${this.#path}: ${osErrorText(error)}\n`);
    }
  }
}
