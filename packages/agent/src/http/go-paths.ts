/**
 * The path Go's router would serve instead: no empty, `.` or `..` parts; the last slash stays.
 * Source: Go net/http cleanPath.
 */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const cleaned = `/${parts.join('/')}`;
  return cleaned !== '/' && path.endsWith('/') ? `${cleaned}/` : cleaned;
}

/** The path of a request target, and its query with the question mark. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?');
  return at < 0 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at) };
}

/** The path with its percent signs decoded, by which Go routes; undefined when it cannot be decoded. */
export function decodedPath(path: string): string | undefined {
  return path.includes('%') ? percentDecoded(path) : path;
}

/** A decoded path as Go writes it into a header. Source: Go net/url EscapedPath. */
export function encodedPath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@]+/g, (part) =>
    encodeURIComponent(part).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  );
}

/**
 * Whether a decoded path holds only characters that Go calls printable. Consul refuses others, since they could forge
 * lines of a log. Source: hashicorp/go-cleanhttp PrintablePathCheckHandler; Go unicode.IsPrint.
 */
export function isPrintablePath(path: string): boolean {
  return !/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(path);
}

/** Whether every percent sign of a query stands in front of what it may; the bytes may be any. */
export function isDecodableQuery(query: string): boolean {
  return !/%(?![0-9a-fA-F]{2})/.test(query);
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return undefined;
  }
}
