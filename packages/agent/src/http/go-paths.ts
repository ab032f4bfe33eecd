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
  return cleaned !== '/' && /\/\.{0,2}$/.test(path) ? `${cleaned}/` : cleaned;
}

/** The path of a request target, and its query with the question mark. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?');
  return at < 0 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at) };
}

/**
 * Whether a path, once its percent signs are decoded, holds only characters that Go calls printable. Consul refuses
 * others, since they could forge lines of a log. A path that cannot be decoded is refused by the router. Source:
 * hashicorp/go-cleanhttp PrintablePathCheckHandler; Go unicode.IsPrint.
 */
export function isPrintablePath(path: string): boolean {
  return !/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(percentDecoded(path) ?? '');
}

/** Whether every percent sign of a query stands in front of what it may. */
export function isDecodableQuery(query: string): boolean {
  return percentDecoded(query) !== undefined;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return undefined;
  }
}
