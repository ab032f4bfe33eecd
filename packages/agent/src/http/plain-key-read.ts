import { kvPath } from './routes/kv.ts';

/** A read of one key that is written plainly. */
export interface PlainKeyRead {
  readonly key: string;
  readonly isRaw: boolean;
  readonly isPretty: boolean;
  readonly consistency: 'leader' | 'stale' | 'consistent';
}

/** Longer ones are rare, and cost more than their route. */
const keyLengthMax = 1024;
/** No escapes, no empty segments and none of dots alone: the path is what it seems to be. */
const plainKey = /^(?:\.?[\w~@:-][\w~@:.-]*)(?:\/\.?[\w~@:-][\w~@:.-]*)*\/?$/;
/** One parameter, or several, without escapes. */
const plainQuery = /^[\w=&.~:@/-]*$/;
/** Words that make another read of it. */
const leftToRoute: ReadonlySet<string> = new Set([
  ...['index', 'wait', 'keys', 'recurse', 'separator', 'cached', 'max_stale', 'filter', 'ns', 'dc'],
]);

/** Undefined for what its route must read. */
export function plainKeyReadOf(url: string): PlainKeyRead | undefined {
  if (!url.startsWith(kvPath)) return undefined;
  const at = url.indexOf('?');
  const key = at < 0 ? url.slice(kvPath.length) : url.slice(kvPath.length, at);
  if (key.length > keyLengthMax || !plainKey.test(key)) return undefined;
  const query = at < 0 ? '' : url.slice(at + 1);
  if (query === '') return { key, isRaw: false, isPretty: false, consistency: 'leader' };
  if (!plainQuery.test(query)) return undefined;
  let [isRaw, isPretty, isStale, isConsistent] = [false, false, false, false];
  for (const parameter of query.split('&')) {
    const equals = parameter.indexOf('=');
    const name = equals < 0 ? parameter : parameter.slice(0, equals);
    if (leftToRoute.has(name)) return undefined;
    if (name === 'raw') isRaw = true;
    else if (name === 'pretty') isPretty = true;
    else if (name === 'stale') isStale = true;
    else if (name === 'consistent') isConsistent = true;
  }
  if (isStale && isConsistent) return undefined;
  return { key, isRaw, isPretty, consistency: isStale ? 'stale' : isConsistent ? 'consistent' : 'leader' };
}
