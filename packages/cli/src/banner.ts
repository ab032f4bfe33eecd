import type { AgentConfig } from '@hobnob/agent';

/** What the banner shows. */
export interface BannerFacts {
  readonly config: AgentConfig;
  readonly nodeId: string;
  /** As the `Version` line shows it. */
  readonly version: string;
}

/** As Consul shows a port without a listener; gRPC and DNS have none yet. */
const noListener = -1;

/** The start-up banner with Consul's lines, down to the one that announces the log. Pure. */
export function formatBanner({ config, nodeId, version }: BannerFacts): string {
  const { ports, server } = config;
  const portOf = (protocol: 'http' | 'https'): number =>
    config.http.listeners.some((one) => one.kind === 'tcp' && one.protocol === protocol)
      ? ports[protocol]
      : noListener;
  const lines: readonly (readonly [string, string])[] = [
    ['Version', `'${version}'`],
    ['Node ID', `'${nodeId}'`],
    ['Node name', `'${config.nodeName}'`],
    ['Datacenter', `'${config.datacenter}' (Segment: '${server ? '<all>' : ''}')`],
    ['Server', `${server} (Bootstrap: ${config.bootstrap})`],
    [
      'Client Addr',
      `[${config.clientAddresses.join(' ')}] ` +
        `(HTTP: ${portOf('http')}, HTTPS: ${portOf('https')}, gRPC: ${noListener}, DNS: ${noListener})`,
    ],
    [
      'Cluster Addr',
      `${config.advertiseAddress} (LAN: ${ports.serfLan}, WAN: ${server ? ports.serfWan : noListener})`,
    ],
    [
      'Encrypt',
      `Gossip: ${config.encrypt !== ''}, TLS-Outgoing: false, TLS-Incoming: ${config.tls.verifyIncoming}, Auto-Encrypt-TLS: false`,
    ],
  ];
  const body = lines.map(([label, value]) => `${label.padStart(18)}: ${value}\n`).join('');
  return `==> Starting Consul agent...\n${body}\n==> Log data will now stream in as it occurs:\n\n`;
}
