import { type HttpHandler, readHttpHandler } from './http-handler-config.ts';
import { planWatch } from './watch-plan.ts';

/** What a watch does with its view. */
export type WatchHandler =
  /** A program with its arguments; none runs an empty script, as in Consul. */
  | { readonly kind: 'args'; readonly args: readonly string[] }
  /** A script for the shell. */
  | { readonly kind: 'script'; readonly script: string }
  | HttpHandler;

/** A watch that was found to be right. */
export interface WatchDefinition {
  readonly type: string;
  /** '' for the agent's own. */
  readonly datacenter: string;
  /** '' for none. */
  readonly token: string;
  /** Those of the type, by Consul's names. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly handler: WatchHandler;
}

/**
 * A watch as a configuration has it, or the sentence that Consul refuses it with.
 * Source: Consul agent.reloadWatches, makeWatchPlan; api/watch/watch.go, ParseExempt.
 */
export function readWatch(given: Readonly<Record<string, unknown>>): WatchDefinition | string {
  const values = withoutListsOfOne(given);
  const { handler_type: handlerType = 'script', type: givenType } = values;
  if (handlerType !== 'script' && handlerType !== 'http') {
    return `Handler type '${shown(handlerType)}' not recognized`;
  }
  if (typeof givenType === 'string' && givenType.startsWith('connect_')) {
    return `Watch type ${givenType} is not allowed in agent config`;
  }
  const { handler_type: _, datacenter = '', token = '', type = '', ...others } = values;
  if (typeof datacenter !== 'string') return 'Expecting datacenter to be a string';
  if (typeof token !== 'string') return 'Expecting token to be a string';
  if (typeof type !== 'string') return 'Expecting type to be a string';
  if (type === '') return 'Watch type must be specified';
  const http = handlerType === 'http' ? readHttpHandler(others['http_handler_config']) : undefined;
  if (typeof http === 'string') return http;
  const { handler, args, ...rest } = others;
  const parameters = http === undefined ? rest : without(rest, 'http_handler_config');
  const plan = planWatch(type, parameters);
  if (typeof plan === 'string') return plan;
  const chosen = readProgram({ handler, args }, http);
  if (typeof chosen === 'string') return chosen;
  // A copy, which its owner may freeze.
  return { type, datacenter, token, parameters: structuredClone(parameters), handler: chosen };
}

function readProgram(
  { handler, args }: { readonly handler: unknown; readonly args: unknown },
  http: HttpHandler | undefined,
): WatchHandler | string {
  if (handler !== undefined && typeof handler !== 'string') return 'Watch handler must be a string';
  const words = args === undefined ? undefined : wordsOf(args);
  if (args !== undefined && words === undefined) return 'Watch args must be a list of strings';
  const found: WatchHandler[] = [
    ...(http === undefined ? [] : [http]),
    ...(handler === undefined ? [] : [{ kind: 'script', script: handler } as const]),
    ...(words === undefined ? [] : [{ kind: 'args', args: words } as const]),
  ];
  const [first, ...more] = found;
  if (more.length > 0) return 'Only one watch handler allowed';
  return first ?? 'Must define a watch handler';
}

function wordsOf(args: unknown): readonly string[] | undefined {
  if (typeof args === 'string') return [args];
  if (!Array.isArray(args) || args.some((word) => typeof word !== 'string')) return undefined;
  return [...args];
}

/**
 * Blocks of HCL are lists, and Consul takes a list of one for what is in it, in JSON too.
 * Source: Consul lib/decode, HookWeakDecodeFromSlice.
 */
function withoutListsOfOne(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) && value.length === 1 ? value[0] : value]),
  );
}

function without(values: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([each]) => each !== name));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}
