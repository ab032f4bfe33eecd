import { ignored, type KeySection, refused, works } from '../key.ts';

/** Where the agent listens, and under which addresses others know it. */
export const networkKeys: KeySection = {
  addresses: {
    dns: works('string', 'addresses.dns', 'Address of the DNS server.', { isUnused: true }),
    grpc: works('string', 'addresses.grpc', 'Address of the gRPC API.', { isUnused: true }),
    http: works('string', 'addresses.http', 'Addresses of the HTTP API.'),
    https: works('string', 'addresses.https', 'Addresses of the HTTPS API.'),
  },
  advertise_addr: works('string', 'advertiseAddress', 'Sets the advertise address to use.', {
    flag: 'advertise',
  }),
  advertise_addr_ipv4: ignored('string', 'IPv4 address to advertise.'),
  advertise_addr_ipv6: ignored('string', 'IPv6 address to advertise.'),
  advertise_addr_wan: works(
    'string',
    'advertiseAddressWan',
    'Sets address to advertise on WAN instead of -advertise address.',
    { flag: 'advertise-wan' },
  ),
  advertise_addr_wan_ipv4: ignored('string', 'IPv4 address to advertise on the WAN.'),
  bind_addr: works('string', 'bindAddress', 'Sets the bind address for cluster communication.', {
    flag: 'bind',
  }),
  client_addr: works(
    'string',
    'clientAddress',
    'Sets the address to bind for client access. This includes RPC, DNS, HTTP, HTTPS and gRPC (if configured).',
    { flag: 'client' },
  ),
  ports: {
    dns: works('int', 'ports.dns', 'DNS port to use.', { flag: 'dns-port', isUnused: true }),
    expose_max_port: ignored('int', 'Last port for exposed paths of proxies.'),
    expose_min_port: ignored('int', 'First port for exposed paths of proxies.'),
    grpc: works(
      'int',
      'ports.grpc',
      'Sets the gRPC API port to listen on (currently needed for Envoy xDS only).',
      { flag: 'grpc-port', isUnused: true },
    ),
    http: works('int', 'ports.http', 'Sets the HTTP API port to listen on.', { flag: 'http-port' }),
    https: works('int', 'ports.https', 'Sets the HTTPS API port to listen on.', { flag: 'https-port' }),
    proxy_max_port: ignored('int', 'Last port of managed proxies.'),
    proxy_min_port: ignored('int', 'First port of managed proxies.'),
    serf_lan: works('int', 'ports.serfLan', 'Sets the Serf LAN port to listen on.', {
      flag: 'serf-lan-port',
    }),
    serf_wan: works('int', 'ports.serfWan', 'Sets the Serf WAN port to listen on.', {
      flag: 'serf-wan-port',
    }),
    server: works('int', 'ports.server', 'Sets the server port to listen on.', { flag: 'server-port' }),
    sidecar_max_port: works('int', 'sidecarPorts.max', 'Last port of sidecar services.'),
    sidecar_min_port: works('int', 'sidecarPorts.min', 'First port of sidecar services.'),
  },
  serf_lan: works('string', 'serfLanAddress', 'Address to bind Serf LAN listeners to.', {
    flag: 'serf-lan-bind',
  }),
  serf_wan: works('string', 'serfWanAddress', 'Address to bind Serf WAN listeners to.', {
    flag: 'serf-wan-bind',
  }),
  tagged_addresses: ignored('string-map', 'Further addresses of the node in the catalog.'),
  translate_wan_addrs: ignored('bool', 'Answers with WAN addresses for nodes of other datacenters.'),
  unix_sockets: {
    group: refused('string', "a socket group other than the agent's", 'Group of unix sockets.'),
    mode: works('string', 'http.socketMode', 'Permissions of unix sockets in octal digits.'),
    user: refused('string', "a socket owner other than the agent's", 'Owner of unix sockets.'),
  },
};
