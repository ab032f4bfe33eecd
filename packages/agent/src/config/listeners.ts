import type { AgentOptions, AgentPortNumbers, HttpListener } from '../options.ts';
import { httpListeners, resolveIpList } from './addresses.ts';
import type { Problems } from './problems.ts';

interface ApiAddresses {
  readonly httpAddresses: readonly string[];
  readonly clientAddresses: readonly string[];
  readonly ports: Pick<AgentPortNumbers, 'http' | 'https'>;
}

/** Where the API listens: HTTP first, sockets whatever the port, then HTTPS, as long as it has a port. */
export function resolveListeners(
  { httpAddresses, clientAddresses, ports }: ApiAddresses,
  { addresses }: AgentOptions,
  problems: Problems,
): readonly HttpListener[] {
  const given = addresses?.https;
  // A socket among the client addresses is one for HTTP.
  const httpsAddresses =
    given === undefined
      ? clientAddresses.filter((address) => !address.startsWith('unix://'))
      : resolveIpList('addresses.https', given, problems, { sockets: true });
  const http = httpListeners(httpAddresses, ports.http, 'http');
  const https = ports.https < 0 ? [] : httpListeners(httpsAddresses, ports.https, 'https');
  const taken = new Set(http.flatMap(fixedAddress));
  for (const address of https.flatMap(fixedAddress)) {
    if (taken.has(address)) problems.add(`HTTPS address ${address} already configured for HTTP`);
  }
  return [...http, ...https];
}

/** A free port is none that others have. */
function fixedAddress(listener: HttpListener): readonly string[] {
  if (listener.kind === 'unix') return [listener.path];
  const { host, port } = listener;
  return port === 0 ? [] : [host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`];
}
