import { ProblemList, type ReadRows, readOrThrow, readRecord, recordOf } from '@hobnob/gossip/checks';
import { AgentError, AgentTypeError } from '../errors.ts';
import type { AgentOptions } from '../options.ts';
import { agentMethods, agentRows, runtimeRows } from './options-table.ts';
import { listProblems } from './problems.ts';

/** Options whose types are right, and what is wrong with the others. */
export interface CheckedOptions {
  readonly options: AgentOptions;
  readonly problems: readonly string[];
  /** The options that are left out of `options` because of their types. */
  readonly wrong: ReadonlySet<string>;
}

/** Checks names and types. Pure, never throws; what is of the wrong type counts as left out from here on. */
export function checkOptions(written: unknown): CheckedOptions {
  const problems = new ProblemList();
  const place = { path: '', isSecret: false, problems };
  const { read, wrong } = readRecord(agentRows, written, place, {
    allowed: 'an object such as { dev: true } or { dataDir: "/var/lib/hobnob" }',
  });
  // Every value was read by the row of its name, and rows have the types of the options.
  return { options: given(read) as AgentOptions, problems: problems.sentences, wrong };
}

/** The same without what was left out, in sections as well. */
function given(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, given(inner)]));
}

/** @throws AgentError AGENT_CONFIG for what surrounds an agent. */
export function checkRuntime(given: unknown): ReadRows<typeof runtimeRows> {
  return readOrThrow(recordOf(runtimeRows), given, (problems) => {
    const sentences = problems.map((problem) => `runtime: ${problem}`);
    return new AgentError('AGENT_CONFIG', listProblems(sentences), { problems: sentences });
  });
}

/**
 * The arguments of a method as they are used from then on.
 * @throws AgentTypeError AGENT_ARGUMENT with every fault, before anything is sent.
 */
export function readArguments<M extends keyof typeof agentMethods>(
  method: M,
  given: { readonly [K in keyof (typeof agentMethods)[M]]: unknown },
): ReadRows<(typeof agentMethods)[M]> {
  return readOrThrow(recordOf<(typeof agentMethods)[M]>(agentMethods[method]), given, (problems) => {
    return new AgentTypeError('AGENT_ARGUMENT', `${method}: ${problems.join('; ')}`, { problems });
  });
}
