/** Requests that are hostile in their path, query or headers. */
export interface HostileTarget {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const reads = [
  '/v1/catalog/nodes',
  '/v1/catalog/services',
  '/v1/catalog/service/web',
  '/v1/catalog/node/x1',
  '/v1/health/service/web',
  '/v1/health/node/x1',
  '/v1/health/state/any',
  '/v1/internal/ui/services',
  '/v1/agent/services',
  '/v1/agent/checks',
  '/v1/coordinate/nodes',
  '/v1/event/list',
];

const filters = [
  `${'('.repeat(4_000)}Node == "x"${')'.repeat(4_000)}`,
  `${'not '.repeat(3_000)}Node == "x"`,
  Array.from({ length: 600 }, () => 'Node == "x"').join(' and '),
  Array.from({ length: 600 }, () => '(Node == "x" or').join(' '),
  'Node matches "(a+)+$"',
  'Node matches "(a|aa)+$"',
  'Node matches "((a{1,100}){1,100}){1,100}"',
  `Node matches "${'(a?)'.repeat(400)}${'a'.repeat(400)}"`,
  'Node matches "["',
  'Node matches "(?=a)"',
  `Node == "${'x'.repeat(12_000)}"`,
  `${'Meta.'.repeat(1_000)}a == "x"`,
  'Meta["__proto__"] == "x"',
  '__proto__ == "x"',
  'constructor.name == "x"',
  '"\\ud800" in Meta',
  'Node == `x',
  '==',
  ')',
  '\u0000',
];

const values = [
  '',
  '-1',
  '0',
  '1e3',
  '18446744073709551616',
  '9'.repeat(500),
  'NaN',
  '\u0000',
  '\u{1f600}',
  '__proto__',
  '../..',
  'x'.repeat(8_000),
];
/** Not `index` together with `wait`: they would only wait. */
const parameters = [
  'index',
  'wait',
  'near',
  'node-meta',
  'tag',
  'dc',
  'token',
  'hash',
  'segment',
  'pretty',
  'passing',
  'stale',
  'note',
  'format',
  'name',
];

const ids = [
  '%00',
  '%2F',
  '%2e%2e%2f',
  '%ff',
  '%',
  '%zz',
  '__proto__',
  'constructor',
  '\u{1f600}',
  'x'.repeat(4_000),
  ' ',
  '//',
  ';',
  '%3F',
  '.',
];

const headers: readonly Readonly<Record<string, string>>[] = [
  { 'Accept-Encoding': 'gzip;q=0, *;q=1' },
  { 'Accept-Encoding': 'x'.repeat(4_000) },
  { 'Content-Type': 'application/json; charset=utf-7' },
  { 'Content-Type': '' },
  { 'X-Consul-Token': 'x'.repeat(8_000) },
  { 'Cache-Control': 'max-age=99999999999999999999' },
  { 'If-None-Match': '*' },
  { Range: 'bytes=0-1' },
  { Cookie: 'a=b; '.repeat(500) },
  { 'X-HTTP-Method-Override': 'DELETE' },
];

/** Every read with every filter, every parameter's odd values, odd ids in every path, and odd headers. */
export function hostileTargets(): readonly HostileTarget[] {
  const escaped = (text: string): string => encodeURIComponent(text);
  return [
    ...reads.flatMap((path) => filters.map((filter) => ({ path: `${path}?filter=${escaped(filter)}` }))),
    ...reads.flatMap((path) =>
      parameters.flatMap((name) => values.map((value) => ({ path: `${path}?${name}=${escaped(value)}` }))),
    ),
    ...reads.flatMap((path) =>
      [`${path}?&&==&%`, `${path}?filter=%zz`, `${path}?${'a=1&'.repeat(2_000)}`].map((one) => ({
        path: one,
      })),
    ),
    ...[
      '/v1/catalog/node/',
      '/v1/catalog/service/',
      '/v1/health/service/',
      '/v1/health/state/',
      '/v1/internal/ui/node/',
      '/v1/coordinate/node/',
      '/v1/agent/service/',
      '/v1/agent/health/service/id/',
      '/v1/agent/health/service/name/',
      '/v1/',
      '/',
    ].flatMap((path) =>
      ids.map((id) => ({
        path: `${path}${id === '\u{1f600}' ? encodeURIComponent(id) : id.replaceAll(' ', '%20')}`,
      })),
    ),
    ...reads.flatMap((path) => headers.map((one) => ({ path, headers: one }))),
  ];
}
