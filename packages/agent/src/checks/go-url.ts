import { quote } from '@hobnob/catalog/go';

/** A URL in the parts that Go's net/url has. Node's URL accepts, refuses and rewrites other texts than Go does. */
export interface GoUrl {
  /** In lower case; '' for a relative reference. */
  readonly scheme: string;
  /** What follows the scheme without a slash. */
  readonly opaque: string;
  readonly user: GoUser | undefined;
  /** `host` or `host:port`; with brackets around IPv6. */
  readonly host: string;
  /** Decoded, one character for each byte. */
  readonly path: string;
  /** As it was written. */
  readonly rawPath: string;
  /** After the `?`, undefined without one. */
  readonly query: string | undefined;
  readonly fragment: string;
}

interface GoUser {
  readonly name: string;
  readonly password: string | undefined;
}

/** A text that is no URL for Go. The message is Go's. */
export class GoUrlError extends Error {
  override readonly name = 'GoUrlError';
}

/**
 * Parses a URL or relative reference. Source: Go 1.15 url.Parse.
 * @throws GoUrlError `parse "...": ...`.
 */
export function parseGoUrl(text: string): GoUrl {
  const [beforeFragment = '', fragment = ''] = cutOnce(text, '#');
  try {
    return { ...parseReference(beforeFragment), fragment };
  } catch (error) {
    if (error instanceof Fault) throw new GoUrlError(`parse ${quote(beforeFragment)}: ${error.message}`);
    throw error;
  }
}

/** What is wrong with a part of a URL. */
class Fault extends Error {}

function parseReference(text: string): Omit<GoUrl, 'fragment'> {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) throw new Fault('net/url: invalid control character in URL');
  }
  const { scheme, rest: afterScheme } = schemeOf(text);
  const [rest = '', query] = cutOnce(afterScheme, '?');
  const nothing = { scheme, opaque: '', user: undefined, host: '', path: '', rawPath: '', query };
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...nothing, opaque: rest };
    const colon = rest.indexOf(':');
    const slash = rest.indexOf('/');
    if (colon >= 0 && (slash < 0 || colon < slash)) {
      throw new Fault('first path segment in URL cannot contain colon');
    }
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  if (!hasAuthority) return { ...nothing, path: unescapeBytes(rest, 'path'), rawPath: rest };
  const authorityEnd = rest.indexOf('/', 2);
  const authority = authorityEnd < 0 ? rest.slice(2) : rest.slice(2, authorityEnd);
  const rawPath = authorityEnd < 0 ? '' : rest.slice(authorityEnd);
  return { ...nothing, ...parseAuthority(authority), path: unescapeBytes(rawPath, 'path'), rawPath };
}

function schemeOf(text: string): { readonly scheme: string; readonly rest: string } {
  if (text.startsWith(':')) throw new Fault('missing protocol scheme');
  const [, scheme, rest = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(text) ?? [];
  return scheme === undefined ? { scheme: '', rest: text } : { scheme: scheme.toLowerCase(), rest };
}

function parseAuthority(authority: string): Pick<GoUrl, 'user' | 'host'> {
  const at = authority.lastIndexOf('@');
  const host = parseHost(authority.slice(at + 1));
  if (at < 0) return { user: undefined, host };
  const userInfo = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userInfo)) throw new Fault('net/url: invalid userinfo');
  const [name = '', password] = cutOnce(userInfo, ':');
  return {
    user: {
      name: unescapeBytes(name, 'user'),
      password: password === undefined ? undefined : unescapeBytes(password, 'user'),
    },
    host,
  };
}

function parseHost(host: string): string {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) throw new Fault("missing ']' in host");
    checkPort(host.slice(end + 1));
    const zone = host.slice(0, end).indexOf('%25');
    if (zone >= 0)
      return host.slice(0, zone) + unescapeBytes(host.slice(zone, end), 'zone') + host.slice(end);
  } else if (host.includes(':')) {
    checkPort(host.slice(host.lastIndexOf(':')));
  }
  return unescapeBytes(host, 'host');
}

function checkPort(colonPort: string): void {
  if (!/^(:\d*)?$/.test(colonPort)) throw new Fault(`invalid port ${quote(colonPort)} after host`);
}

type Part = 'path' | 'user' | 'host' | 'zone';

/** Resolves percent escapes; a character of the answer is a byte. */
function unescapeBytes(text: string, part: Part): string {
  const broken = /%(?![0-9a-fA-F]{2}).{0,2}/su.exec(text);
  const triplet = /%[0-9a-fA-F]{2}/g;
  if (part === 'host') {
    for (const [found] of text.matchAll(triplet)) {
      if (Number.parseInt(found.slice(1), 16) < 0x80 && found !== '%25') throw invalidEscape(found);
    }
  }
  if (broken !== null) throw invalidEscape(broken[0]);
  if (part === 'host' || part === 'zone') {
    const bad = /[^A-Za-z0-9\-._~!$&'()*+,;=:[\]<>"%\u0080-\u{10ffff}]/u.exec(text);
    if (bad !== null) throw new Fault(`invalid character ${quote(bad[0])} in host name`);
    return decodeURIComponentOr(text);
  }
  const bytes = Buffer.from(text).toString('latin1');
  return bytes.replace(triplet, (found) => String.fromCharCode(Number.parseInt(found.slice(1), 16)));
}

/** A host stays text: resolvers take characters, not bytes. */
function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalidEscape(text: string): Fault {
  return new Fault(`invalid URL escape ${quote(text)}`);
}

/** The text before and after the first separator; the second is undefined without one. */
function cutOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The path as a request line carries it. Source: Go url.URL.EscapedPath. */
function escapedPath({ path, rawPath }: GoUrl): string {
  const isValid = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@[\]/]|%[0-9a-fA-F]{2})*$/.test(rawPath);
  if (rawPath !== '' && isValid) return rawPath;
  if (path === '*') return '*';
  return path.replace(
    /[^A-Za-z0-9\-._~$&+,/:;=@]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** The target of a request. Source: Go url.URL.RequestURI. */
export function requestTarget(url: GoUrl): string {
  return `${escapedPath(url) || '/'}${url.query === undefined ? '' : `?${url.query}`}`;
}

/** How userinfo is shown: with three stars for a password, or not at all. */
export type UserShown = 'masked' | 'none';

/** The URL as text. Source: Go url.URL.String. */
export function printGoUrl(url: GoUrl, userShown: UserShown): string {
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`;
  const ending = `${url.query === undefined ? '' : `?${url.query}`}${url.fragment === '' ? '' : `#${url.fragment}`}`;
  if (url.opaque !== '') return `${scheme}${url.opaque}${ending}`;
  const user = userShown === 'none' ? undefined : url.user;
  const path = escapedPath(url);
  const hasAuthority = url.host !== '' || user !== undefined || (url.scheme !== '' && path !== '');
  const shownUser = user === undefined ? '' : `${userText(user)}@`;
  return `${scheme}${hasAuthority ? `//${shownUser}${url.host}` : ''}${path}${ending}`;
}

function userText({ name, password }: GoUser): string {
  const shown = name.replace(
    /[^A-Za-z0-9\-._~$&+,;=]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return password === undefined ? shown : `${shown}:***`;
}

/**
 * The URL that a reference leads to. Source: Go url.URL.Parse, RFC 3986 5.2.
 * @throws GoUrlError `parse "...": ...`.
 */
export function resolveGoUrl(base: GoUrl, text: string): GoUrl {
  const url = parseGoUrl(text);
  if (url.scheme !== '') return url;
  if (url.host !== '' || url.user !== undefined) return withoutDots({ ...url, scheme: base.scheme });
  const { scheme, user, host } = base;
  if (url.path === '' && url.query === undefined) {
    const fragment = url.fragment || base.fragment;
    return withoutDots({ ...base, fragment });
  }
  if (url.path === '') return withoutDots({ ...base, query: url.query, fragment: url.fragment });
  const raw = url.rawPath.startsWith('/')
    ? url.rawPath
    : base.rawPath.slice(0, base.rawPath.lastIndexOf('/') + 1) + url.rawPath;
  return withoutDots({ ...url, scheme, user, host, rawPath: raw });
}

/** Resolves `.` and `..` of a path. */
function withoutDots(url: GoUrl): GoUrl {
  if (url.rawPath === '') return url;
  const kept: string[] = [];
  const segments = url.rawPath.split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  if (last === '.' || last === '..') kept.push('');
  const rawPath = `/${kept.join('/').replace(/^\/+/, '')}`;
  return { ...url, rawPath, path: unescapeBytes(rawPath, 'path') };
}
