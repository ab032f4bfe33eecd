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
