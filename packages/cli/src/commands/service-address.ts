/**
 * `host:port` as Go's net.SplitHostPort and strconv.Atoi read it, with their sentences; a host in brackets may have
 * colons, an empty one is any.
 */
export function readServiceAddress(
  text: string,
): { readonly Address: string; readonly Port: number } | { readonly problem: string } {
  const problem = (reason: string) => ({ problem: `address ${text}: ${reason}` });
  const colon = text.lastIndexOf(':');
  if (colon < 0) return problem('missing port in address');
  let host = text.slice(0, colon);
  const port = text.slice(colon + 1);
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end < 0) return problem("missing ']' in address");
    if (end + 1 === text.length) return problem('missing port in address');
    if (end + 1 !== colon) {
      return problem(text[end + 1] === ':' ? 'too many colons in address' : 'missing port in address');
    }
    host = text.slice(1, end);
    if (host.includes('[')) return problem("unexpected '[' in address");
  } else {
    if (host.includes(':')) return problem('too many colons in address');
    if (text.includes('[')) return problem("unexpected '[' in address");
    if (text.includes(']')) return problem("unexpected ']' in address");
  }
  const parsing = `strconv.Atoi: parsing ${JSON.stringify(port)}: `;
  if (!/^[+-]?\d+$/.test(port)) return { problem: `${parsing}invalid syntax` };
  if (!Number.isSafeInteger(Number(port))) return { problem: `${parsing}value out of range` };
  return { Address: host, Port: Number(port) };
}
