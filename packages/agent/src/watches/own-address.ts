/**
 * Where an agent reaches its own API, of the URLs where it listens: HTTP before HTTPS, one with an address of its own before
 * this machine for one on all addresses, or a socket. Undefined when there is none. Source: Consul agent/config/runtime.go, ClientAddress.
 */
export function ownAddress(urls: readonly string[]): string | undefined {
  const http = urls.filter((url) => url.startsWith('http://'));
  const tcp = http.length > 0 ? http : urls.filter((url) => url.startsWith('https://'));
  const named = tcp.find((url) => !onAll.test(url));
  return (
    named ?? tcp[0]?.replace(onAll, (_, host) => (host === '0.0.0.0' ? '//127.0.0.1' : '//[::1]')) ?? urls[0]
  );
}

const onAll = /\/\/(0\.0\.0\.0|\[::\])(?=:)/;
