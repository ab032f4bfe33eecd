/** TLS of the HTTPS API. Files are in PEM, and read at the start and at each reload. */
export interface TlsOptions {
  /** The agent's certificate, with those between it and its authority. */
  readonly certFile?: string;
  /** The key of that certificate. */
  readonly keyFile?: string;
  /** The authorities of clients' certificates. */
  readonly caFile?: string;
  /** A directory of authorities, for when `caFile` is not set. */
  readonly caPath?: string;
  /** Clients must show a certificate of these authorities. Default false. */
  readonly verifyIncoming?: boolean;
  /** As `verifyIncoming`, for HTTPS alone. Default false. */
  readonly verifyIncomingHttps?: boolean;
  /** `tls10`, `tls11`, `tls12` or `tls13`. Default `tls12`, as Consul. */
  readonly minVersion?: string;
  /** Consul's names with commas between them, for TLS 1.2 and before. Default: those of Go without 3DES. */
  readonly cipherSuites?: string;
  /** Whether HTTP and gRPC checks show the agent's certificate and trust its authorities. Default false. */
  readonly securesChecks?: boolean;
  /** The name that the peers of such checks must have in their certificates. Default: the node's name. */
  readonly serverName?: string;
  /** The server's order of suites counts, not the client's. Default false. */
  readonly prefersServerCipherSuites?: boolean;
}

/** `TlsOptions` with every default filled in; paths are '' where none is configured. */
export interface TlsConfig extends Omit<Required<TlsOptions>, 'cipherSuites'> {
  /** Consul's names; empty for the default. */
  readonly cipherSuites: readonly string[];
}
