import type { CheckFields } from '../../packages/agent/src/checks/fields.ts';
import type { CheckServers } from './check-servers.ts';

/** Health checks in every situation that their outputs tell apart. */

/** One check, and the server that it meets. */
export interface Situation {
  readonly name: string;
  fields(servers: CheckServers): Definition | Promise<Definition>;
  /** Our output, where it may differ, from theirs. The state never differs. */
  readonly ours?: (theirs: string) => string;
}

/** A definition without its times, which are the same for all. */
export type Definition = Omit<CheckFields, 'Interval' | 'Timeout'>;

const http = (path: string, more: Definition = {}): Omit<Situation, 'name'> => ({
  fields: (servers) => ({ HTTP: `http://${servers.http}${path}`, ...more }),
});
const url = (text: string, more: Definition = {}): Omit<Situation, 'name'> => ({
  fields: () => ({ HTTP: text, ...more }),
});
const tcp = (text: string): Omit<Situation, 'name'> => ({ fields: () => ({ TCP: text }) });

const statuses = [200, 204, 299, 300, 304, 305, 307, 308, 400, 404, 418, 429, 500, 503].map((status) => ({
  name: `status ${status}`,
  ...http(`/s${status}`),
}));

const bodies = [
  'huge',
  'empty',
  'binary',
  'gzip',
  'bad-gzip',
  'slow',
  'slow-body',
  'endless',
  'reset',
  'reset-body',
  'close',
  'garbage',
  'reason',
  'no-reason',
  '299',
  '600',
  'short',
  'http10',
  'no-colon',
  'bad-chunk',
  'long-head',
].map((path) => ({ name: `answer ${path}`, ...http(`/${path}`) }));

const redirects: readonly Situation[] = [
  { name: 'a redirect', ...http('/s302?to=/s200') },
  { name: 'a redirect without an end', ...http('/loop') },
  { name: 'a redirect without an end, posted', ...http('/loop', { Method: 'POST' }) },
  { name: 'a redirect to nowhere', ...http('/s301') },
  { name: 'a redirect to a relative path', ...http('/a/s302x?to=../b') },
  { name: 'a redirect with dots', ...http('/s302?to=.%2Fc%2F..%2Fd') },
  { name: 'a redirect that keeps the method', ...http('/s307?to=/kept', { Method: 'PUT', Body: 'q' }) },
  { name: 'a redirect that loses the method', ...http('/s303?to=/lost', { Method: 'POST', Body: 'q' }) },
  { name: 'a redirect to another scheme', ...http('/s302?to=ftp://x/') },
  { name: 'a redirect to what is no URL', ...http('/s302?to=%3A%3Abad') },
  {
    name: 'a redirect to a closed port',
    fields: (servers) => ({ HTTP: `http://${servers.http}/s302?to=//${servers.refused}/x` }),
  },
  { name: 'a redirect to what is slow', ...http('/s302?to=/slow') },
];

const requests: readonly Situation[] = [
  {
    name: 'a posted body',
    ...http('/post', { Method: 'POST', Body: 'hello', Header: { 'X-A': ['1', '2'] } }),
  },
  { name: 'HEAD', ...http('/head', { Method: 'HEAD' }) },
  { name: 'a method that is no token', ...http('/m', { Method: 'bad method' }) },
  { name: 'a header name that is no token', ...http('/h', { Header: { 'bad name': ['x'] } }) },
  { name: 'a header value with a line break', ...http('/h', { Header: { 'X-B': ['a\nb'] } }) },
  {
    name: 'header fields of every kind',
    ...http('/fields', {
      Header: { Accept: ['a', 'b'], 'User-Agent': ['x', 'y'], Host: ['my.host'], Z: ['é\t'], 'A-b': [''] },
    }),
  },
  {
    name: 'header fields in lower case',
    ...http('/lower', { Header: { accept: ['x/y'], 'user-agent': ['me'], HOST: ['low'], 'X-None': [] } }),
  },
  { name: 'a Host that is none', ...http('/odd-host', { Header: { Host: ['bad host/x'] } }) },
  { name: 'a range', ...http('/range', { Header: { Range: ['bytes=0-1'] } }) },
  {
    name: 'a user in the URL',
    fields: (servers) => ({ HTTP: `http://u:p%40@${servers.http}/secret` }),
  },
  { name: 'output of at most 3 bytes', ...http('/huge', { OutputMaxSize: 3 }) },
  { name: 'output of more than the agent allows', ...http('/huge', { OutputMaxSize: 100_000 }) },
];

const urls: readonly Situation[] = [
  'foo',
  'ftp://127.0.0.1/x',
  'http://',
  'http:opaque',
  'http://[::1/',
  'http://a b/',
  '://x',
  '/x',
  '//127.0.0.1/x',
  '127.0.0.1:1/x',
  'localhost:1',
  'http://127.0.0.1:99999/',
  'http://127.0.0.1:abc/',
  'http://127.0.0.1:1/%zz',
  'http://127.0.0.1:1/\n',
  ' http://127.0.0.1:1/',
  'http://us er@h:1/',
  'http://%41:1/',
  'http://u:p@127.0.0.1:1/auth',
  'http://[::1]:1/',
  'http://localhost:1/',
  'http://0:1/',
  'http://:1/',
  'http://nope.invalid/',
  'http://127.0.0.1:1/?q=%zz&',
].map((text) => ({ name: `URL ${JSON.stringify(text)}`, ...url(text) }));

const paths = [
  '/a/../b',
  '?x=1',
  '/é€',
  '/\\x',
  `/%41%2f'"<>|^\`{}[]`,
  '/%41%2f',
  '/?q=%zz&',
  '#fragment',
].map((path) => ({ name: `path ${path}`, ...http(path) }));

const skip = { TLSSkipVerify: true };
const overTls = (certificate: string, more: Definition = {}): Omit<Situation, 'name'> => ({
  fields: async (servers) => ({ HTTP: `https://${await servers.tls(certificate)}/`, ...more }),
});
const tls: readonly Situation[] = [
  ...['other-name', 'other-address', 'no-names', 'self-signed', 'authority'].map((certificate) => ({
    name: `certificate ${certificate}`,
    ...overTls(certificate),
  })),
  {
    name: 'certificate expired',
    ...overTls('expired'),
    // The text names the second of the check.
    ours: (theirs) => theirs.replace(/current time \S+/, 'current time NOW'),
  },
  { name: 'a certificate that is not verified', ...overTls('other-name', skip) },
  {
    name: 'an address of a certificate for a name',
    fields: async (servers) => ({
      HTTP: `https://${(await servers.tls('self-signed')).replace('localhost', '127.0.0.1')}/`,
    }),
  },
  {
    name: 'a server that asks for a certificate',
    fields: async (servers) => {
      const address = await servers.tls('self-signed', { requestCert: true, rejectUnauthorized: true });
      return { HTTP: `https://${address}/`, ...skip };
    },
  },
  {
    name: 'a server of TLS 1.1',
    fields: async (servers) => {
      const options = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
      return { HTTP: `https://${await servers.tls('self-signed', options)}/`, ...skip };
    },
  },
  {
    name: 'a server without a common cipher',
    fields: async (servers) => {
      const options = { minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_CCM_SHA256' } as const;
      return { HTTP: `https://${await servers.tls('self-signed', options)}/`, ...skip };
    },
  },
  { name: 'HTTPS to HTTP', fields: (servers) => ({ HTTP: `https://${servers.http}/` }) },
  {
    name: 'HTTP to HTTPS',
    fields: async (servers) => ({ HTTP: `http://${await servers.tls('self-signed')}/` }),
  },
  { name: 'HTTPS to a silent server', fields: (servers) => ({ HTTP: `https://${servers.silent}/` }) },
  { name: 'HTTPS to a server that ends', fields: (servers) => ({ HTTP: `https://${servers.ending}/` }) },
];

const servers: readonly Situation[] = [
  { name: 'HTTP to a closed port', fields: ({ refused }) => ({ HTTP: `http://${refused}/` }) },
  { name: 'HTTP to a silent server', fields: ({ silent }) => ({ HTTP: `http://${silent}/` }) },
  { name: 'HTTP to a server that ends', fields: ({ ending }) => ({ HTTP: `http://${ending}/` }) },
  { name: 'TCP to an open port', fields: ({ silent }) => ({ TCP: silent }) },
  { name: 'TCP to a closed port', fields: ({ refused }) => ({ TCP: refused }) },
];

const addresses = [
  'localhost:1',
  'LOCALHOST:1',
  'nope.invalid:80',
  'nope.invalid.:80',
  'bad host:80',
  'x..y:1',
  '-x:1',
  '127.1:1',
  '0:1',
  '127.0.0.1',
  '127.0.0.1:nosuch',
  '127.0.0.1:TELNET',
  '127.0.0.1:99999',
  '127.0.0.1:-1',
  '127.0.0.1:+1',
  '127.0.0.1:',
  ':1',
  '[::1]:1',
  '[127.0.0.1]:1',
  '[::ffff:127.0.0.1]:1',
  '[::1',
  '[::1]',
  '[::1]x:80',
  'x]:1',
  'a[b]:1',
  'a:b:c',
  '::',
  ':',
  '[]:1',
].map((text) => ({ name: `address ${text}`, ...tcp(text) }));

const grpc = (service: string, certificate?: string, more: Definition = {}): Situation => ({
  name: `gRPC ${certificate ?? ''}${service}${Object.keys(more).join(' ')}`,
  fields: async (servers) => ({ GRPC: (await servers.grpc(certificate)) + service, ...more }),
});
const overGrpc = (text: string): Situation => ({ name: `gRPC to ${text}`, fields: () => ({ GRPC: text }) });
const useTls = { GRPCUseTLS: true };
/** Ours has the library's words for a peer that does not speak gRPC. */
const anyUnavailable = (output: string): string => output.replace(/(code = Unavailable) .*/s, '$1');
const grpcs: readonly Situation[] = [
  ...['', '/', '/fine', '/a/b', '/odd', '/sick', '/unknown', '/none', '/locked', '/slow'].map((service) =>
    grpc(service),
  ),
  grpc('', 'self-signed', useTls),
  grpc('', 'other-name', useTls),
  grpc('', 'no-names', useTls),
  grpc('', 'self-signed', { ...useTls, ...skip }),
  { ...grpc('', 'expired', useTls), ours: (text) => text.replace(/current time \S+/, 'current time NOW') },
  { ...grpc('', 'self-signed'), ours: anyUnavailable },
  { ...grpc('', undefined, useTls), ours: anyUnavailable },
  { name: 'gRPC to a closed port', fields: ({ refused }) => ({ GRPC: refused }) },
  { name: 'gRPC to a silent server', fields: ({ silent }) => ({ GRPC: silent }) },
  { name: 'gRPC to a server that ends', fields: ({ ending }) => ({ GRPC: ending }), ours: anyUnavailable },
  { name: 'gRPC to HTTP', fields: (servers) => ({ GRPC: servers.http }), ours: anyUnavailable },
  ...[
    'localhost:1',
    'nope.invalid:80',
    '127.0.0.1',
    ':1',
    '[::1]:1',
    '127.0.0.1:99999',
    'x:y:z',
    '[',
    'bad host:80',
  ].map(overGrpc),
];

const script = (name: string, ...args: string[]): Situation => ({
  name: `a script that ${name}`,
  fields: () => ({ ScriptArgs: args }),
});
const inShell = (name: string, text: string): Situation => script(name, '/bin/sh', '-c', text);
const scripts: readonly Situation[] = [
  inShell('passes', 'echo fine'),
  inShell('warns', 'echo so so; exit 1'),
  inShell('fails', 'echo bad >&2; exit 2'),
  inShell('fails with 255', 'echo x; exit 255'),
  inShell('is killed', 'echo x; kill -9 $$'),
  inShell('reads its input', 'cat; echo end'),
  inShell(
    'writes to both outputs in turn',
    'echo a; echo b >&2; echo c; echo d >/dev/stderr; echo e >/dev/stdout',
  ),
  inShell('writes much', 'seq 1 5000'),
  {
    ...inShell('writes more than the check keeps', 'seq 1 99'),
    fields: () => ({ ScriptArgs: ['seq', '99'], OutputMaxSize: 5 }),
  },
  inShell('writes what is no text', "printf 'a\\000\\377b'"),
  inShell('takes too long', 'echo begun; sleep 600'),
  inShell('takes too long and writes nothing', 'sleep 600'),
  inShell('does not end at SIGTERM', 'trap "" TERM; echo begun; sleep 600'),
  inShell('leaves a program behind that holds the output', 'sleep 600 & echo done'),
  inShell('leaves a program behind that does not', 'sleep 2 >/dev/null 2>&1 & echo done'),
  script('has a name without slashes', 'echo', 'a b', '$HOME'),
  script('is in no folder of PATH', 'none-such'),
  script('is no file', '/none/such'),
  script('is a folder', '/tmp'),
  script('has no name', ''),
];

/** Every check that is compared. */
export const situations: readonly Situation[] = [
  ...statuses,
  ...bodies,
  ...redirects,
  ...requests,
  ...urls,
  ...paths,
  ...tls,
  ...servers,
  ...addresses,
  ...grpcs,
  ...scripts,
];
