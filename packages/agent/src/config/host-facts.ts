import type { TemplateHost } from './sockaddr/expand-template.ts';

/** The facts of this machine that defaults and templates depend on. */
export interface HostFacts extends TemplateHost {
  readonly hostname: string;
  /** Private IPv4 addresses (RFC 1918 and RFC 6598) of interfaces that are up. */
  readonly privateIpv4: readonly string[];
  /** Global IPv6 addresses of interfaces that are up. */
  readonly publicIpv6: readonly string[];
}
