import type { TestClusterOptions } from './cluster-interface.ts';
import { isScenarioLine, listOf } from './history.ts';
import { type Replay, replayCommand } from './replay.ts';

/** How much of the history the message holds: its last lines, and earlier actions of the scenario. */
const linesShown = 20;
const scenarioLinesShown = 10;

/** A run that failed. */
export interface FailedRun {
  readonly seed: number;
  /** When it failed, in virtual time. */
  readonly atMs: number;
  readonly options: Omit<TestClusterOptions, 'seed' | 'trace'>;
  readonly replay: Replay;
  readonly history: readonly string[];
  readonly cause: unknown;
}

/**
 * A simulation failed. The message holds the cause, the end of the history, and the command that repeats the run; the stack
 * is that of the cause, so that a test runner points at the line of the scenario.
 */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  readonly seed: number;
  /** When it failed, in virtual time. */
  readonly atMs: number;
  /** The command that repeats this history alone. */
  readonly command: string;
  /** The whole history, oldest first; the message holds the end of it. */
  readonly history: readonly string[];

  constructor({ seed, atMs, options, replay, history, cause }: FailedRun) {
    const command = replayCommand(seed, replay);
    const shown = excerptOf(history);
    const lines = [
      cause instanceof Error ? cause.message : String(cause),
      ...(shown.length === 0 ? [] : [`  history, ${shown.length} of ${history.length} lines:`]),
      ...shown.map((line) => `    ${line}`),
      `  seed:    ${seed}`,
      `  time:    ${atMs} ms`,
      `  options: ${JSON.stringify(options, printable)}`,
      `  replay:  ${command}`,
    ];
    super(lines.join('\n'), { cause });
    this.seed = seed;
    this.atMs = atMs;
    this.command = command;
    this.history = history;
    const frames = cause instanceof Error ? /^ +at [\s\S]*/m.exec(cause.stack ?? '') : null;
    if (frames !== null) this.stack = `${this.name}: ${this.message}\n${frames[0]}`;
  }
}

function excerptOf(history: readonly string[]): readonly string[] {
  const before = history.slice(0, -linesShown).filter(isScenarioLine);
  return [...before.slice(-scenarioLinesShown), ...history.slice(-linesShown)];
}

/** Shows options without keys and bytes, and functions by their names. */
function printable(key: string, value: unknown): unknown {
  if (key === 'encryption') return 'encrypted';
  if (typeof value === 'function') return `function ${value.name}`.trim();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (key === 'nodes' && Array.isArray(value)) return listOf(value.map(String));
  return value;
}
