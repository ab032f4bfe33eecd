import { domainToASCII } from 'node:url';
import { quote } from '@hobnob/catalog/go';
import type { GoUrl } from './go-url.ts';

/** Header fields by their names as they were given; `Accept` and `accept` are two, as in Go's map. */
export type HeaderFields = ReadonlyMap<string, readonly string[]>;

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The name as Go writes it: `user-agent` becomes `User-Agent`; no token stays as it is. */
export function canonicalName(name: string): string {
  if (!token.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** Whether a method is a token. */
export function isMethod(method: string): boolean {
  return token.test(method);
}

/** The first value of a field that is written in its canonical form, or ''. Source: Go http.Header.Get. */
export function firstValue(fields: HeaderFields, name: string): string {
  return fields.get(name)?.[0] ?? '';
}

/** The fields of a check's request, with the defaults of Consul. Source: Consul checks.CheckHTTP. */
export function requestFields(
  headers: readonly (readonly [name: string, values: readonly string[]])[],
): HeaderFields {
  const fields = new Map<string, readonly string[]>(headers);
  if (firstValue(fields, 'User-Agent') === '') fields.set('User-Agent', ['Consul Health Check']);
  if (firstValue(fields, 'Accept') === '') fields.set('Accept', ['text/plain, text/*, */*']);
  return fields;
}

/** Why Go sends no request with these fields, or undefined. Source: Go http.Transport.roundTrip. */
export function headerFault(fields: HeaderFields): string | undefined {
  for (const [name, values] of fields) {
    if (!token.test(name)) return `net/http: invalid header field name ${quote(name)}`;
    for (const value of values) {
      if (hasControl(value)) return `net/http: invalid header field value ${quote(value)} for key ${name}`;
    }
  }
  return undefined;
}

function hasControl(value: string): boolean {
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}

/** Fields that Go writes itself, from other sources. Source: Go http.reqWriteExcludeHeader. */
const ownFields: ReadonlySet<string> = new Set([
  'Host',
  'User-Agent',
  'Content-Length',
  'Transfer-Encoding',
  'Trailer',
]);

/** One request on the wire. */
export interface HopRequest {
  readonly method: string;
  readonly url: GoUrl;
  /** '' for the host of the URL. */
  readonly host: string;
  readonly fields: HeaderFields;
  readonly body: Buffer;
}

/** Whether the transport asks for gzip, and unpacks it. Source: Go http.persistConn.roundTrip. */
export function acceptsGzip({ method, fields }: HopRequest): boolean {
  const hasOwn = firstValue(fields, 'Accept-Encoding') !== '' || firstValue(fields, 'Range') !== '';
  return !hasOwn && method !== 'HEAD';
}

/**
 * Names and values in turn, in the order in which Go writes them: Host, User-Agent, length, the others sorted, and what
 * its transport adds. Characters are bytes of UTF-8.
 */
export function headerLines(request: HopRequest): readonly string[] {
  const { method, url, host, body } = request;
  const fields = withBasicAuth(request.fields, url);
  const lines = ['Host', cleanHost(host || url.host), 'User-Agent', firstValue(fields, 'User-Agent')];
  const isLengthSent = body.length > 0 || !['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'].includes(method);
  if (isLengthSent) lines.push('Content-Length', String(body.length));
  for (const [name, values] of [...fields].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (ownFields.has(name)) continue;
    for (const value of values) lines.push(name, value.trim());
  }
  if (acceptsGzip(request)) lines.push('Accept-Encoding', 'gzip');
  lines.push('Connection', 'close');
  return lines.map((line) => Buffer.from(line).toString('latin1'));
}

function withBasicAuth(fields: HeaderFields, { user }: GoUrl): HeaderFields {
  if (user === undefined || firstValue(fields, 'Authorization') !== '') return fields;
  const credentials = Buffer.from(`${user.name}:${user.password ?? ''}`, 'latin1').toString('base64');
  return new Map([...fields, ['Authorization', [`Basic ${credentials}`]]]);
}

/** Source: Go http.cleanHost. */
function cleanHost(host: string): string {
  const [clean = ''] = host.split(/[ /]/, 1);
  if (/^[\x20-\x7e]*$/.test(clean)) return clean.replace(/%[^\]]*\]/, ']');
  const [name = '', ...port] = clean.split(':');
  return [domainToASCII(name) || name, ...port].join(':');
}

/** Fields that another host does not get. Source: Go 1.15 http.shouldCopyHeaderOnRedirect. */
const privateFields: ReadonlySet<string> = new Set([
  'Authorization',
  'Www-Authenticate',
  'Cookie',
  'Cookie2',
]);

/** The fields of the first request for a redirect's. */
export function fieldsForRedirect(
  fields: HeaderFields,
  initial: GoUrl,
  destination: GoUrl,
  referer: string,
): HeaderFields {
  const from = addressOf(initial);
  const to = addressOf(destination);
  const isTrusted = to === from || to.endsWith(`.${from}`);
  const kept = [...fields].filter(([name]) => isTrusted || !privateFields.has(canonicalName(name)));
  return new Map(referer === '' ? kept : [...kept, ['Referer', [referer]]]);
}

/** `host:port` of a URL, with the port of its scheme when it has none. */
export function addressOf({ scheme, host }: GoUrl): string {
  if (/:\d+$/.test(host)) return host;
  return `${host.replace(/:$/, '')}:${scheme === 'https' ? 443 : 80}`;
}
