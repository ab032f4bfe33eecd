import { GossipTypeError } from '../errors.ts';
import { gossipEventTypes } from '../events.ts';
import { nearestName } from '../nearest-name.ts';

/** @throws GossipTypeError GOSSIP_ARGUMENT for what is no event, with the nearest name of one. */
export function requireEventType(what: string, type: unknown): void {
  if ((gossipEventTypes as readonly unknown[]).includes(type)) return;
  const nearest = typeof type === 'string' ? nearestName(type, gossipEventTypes) : undefined;
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  const events = `the events are ${gossipEventTypes.join(', ')}`;
  throw wrong(
    `${what}: there is no event ${shown(type)}${hint === '' ? `; ${events}` : `${hint} (${events})`}`,
  );
}

/** @throws GossipTypeError GOSSIP_ARGUMENT for anything but a list of events. */
function requireEventTypes(what: string, types: unknown): void {
  if (!Array.isArray(types)) throw wrong(`${what} has to be a list of events, not ${shown(types)}`);
  for (const [i, type] of types.entries()) requireEventType(`${what}[${i}]`, type);
}

/** @throws GossipTypeError GOSSIP_ARGUMENT for anything but a function. */
export function requireListener(what: string, listener: unknown): void {
  if (typeof listener === 'function') return;
  throw wrong(`${what}: the listener has to be a function, not ${shown(listener)}`);
}

/** @throws GossipTypeError GOSSIP_ARGUMENT for options that are not among the known, and for values of a wrong type. */
export function requireListeningOptions(what: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) {
    throw wrong(`${what}: the options have to be an object, not ${shown(options)}`);
  }
  for (const [key, value] of Object.entries(options)) {
    if (!known.includes(key)) throw unknownOption(what, key, known);
    if (value === undefined) continue;
    if (key === 'signal') requireSignal(what, value);
    if (key === 'types') requireEventTypes(`${what}: types`, value);
    if (key === 'name' && typeof value !== 'string') {
      throw wrong(`${what}: name has to be text, not ${shown(value)}`);
    }
  }
}

/** @throws GossipTypeError GOSSIP_ARGUMENT for what cannot pack the question or read the answers of a request. */
export function requirePayloadTypes({ question, answer }: { question?: unknown; answer?: unknown }): void {
  if (question !== undefined) requireMethod('request: question', question, 'pack');
  if (answer !== undefined) requireMethod('request: answer', answer, 'unpack');
}

function requireMethod(what: string, value: unknown, method: string): void {
  const has = typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';
  if (!has) throw wrong(`${what} has to be a payload type with the method ${method}, not ${shown(value)}`);
}

function requireSignal(what: string, signal: unknown): void {
  // By shape: a signal may come from another realm or from a library.
  const isSignal =
    typeof signal === 'object' && signal !== null && 'aborted' in signal && 'addEventListener' in signal;
  if (!isSignal) throw wrong(`${what}: signal has to be an AbortSignal, not ${shown(signal)}`);
}

function unknownOption(what: string, key: string, known: readonly string[]): GossipTypeError {
  const nearest = nearestName(key, known);
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return wrong(`${what}: there is no option "${key}"${hint} (allowed: ${known.join(', ')})`);
}

/** A value in a few words. Never throws. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 64));
  const isPlain = value === null || ['undefined', 'number', 'boolean'].includes(typeof value);
  if (isPlain) return String(value);
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

function wrong(message: string): GossipTypeError {
  return new GossipTypeError('GOSSIP_ARGUMENT', message);
}
