import type { AgentOptions, AgentPortNumbers, HttpListener } from '../options.ts';
import { httpListeners, resolveIpList } from './addresses.ts';
import type { AddressChecks } from './expand-words.ts';

interface ApiAddresses {
  readonly httpAddresses: readonly string[];
  readonly clientAddresses: readonly string[];
  readonly ports: Pick<AgentPortNumbers, 'http' | 'https'>;
}

/** Where the API listens: HTTP first, sockets whatever the port, then HTTPS, as long as it has a port. */
export function resolveListeners(
  { httpAddresses, clientAddresses, ports }: ApiAddresses,
  { addresses }: AgentOptions,
  checks: AddressChecks,
): readonly HttpListener[] {
  const given = resolveIpList('addresses.https', addresses?.https ?? '', checks, { sockets: true }) ?? [];
  // A socket among the client addresses is one for HTTP.
  const httpsAddresses =
    given.length > 0 ? given : clientAddresses.filter((address) => !address.startsWith('unix://'));
  const http = httpListeners(httpAddresses, ports.http, 'http');
  const https = ports.https < 0 ? [] : httpListeners(httpsAddresses, ports.https, 'https');
  const taken = new Set(http.flatMap(fixedAddress));
  for (const address of https.flatMap(fixedAddress)) {
    if (taken.has(address)) checks.problems.add(`HTTPS address ${address} already configured for HTTP`);
  }
  return [...http, ...https];
}

/** A free port is none that others have. */
function fixedAddress(listener: HttpListener): readonly string[] {
  if (listener.kind === 'unix') return [listener.path];
  const { host, port } = listener;
  return port === 0 ? [] : [host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`];
}
