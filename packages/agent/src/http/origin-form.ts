const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/**
 * The target of a request as a path with its query: a client that takes this agent for its proxy sends a whole URL. A
 * target has no fragment, so that `#` stands for itself, as in Go. Source: RFC 9112 3.2.2; Go net/url ParseRequestURI.
 */
export function originForm(target: string): string {
  const path = target.startsWith('/') ? target : withoutOrigin(target);
  return path.includes('#') ? path.replaceAll('#', '%23') : path;
}

function withoutOrigin(target: string): string {
  const [origin] = absolute.exec(target) ?? [];
  if (origin === undefined) return target;
  const path = target.slice(origin.length);
  return path.startsWith('/') ? path : `/${path}`;
}
