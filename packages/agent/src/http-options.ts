/** How the HTTP API answers, and which clients. */
export interface HttpOptions {
  /** Headers of every answer (`http_config.response_headers`). Default {}. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** Path prefixes that are answered with 403 (`http_config.block_endpoints`). Default: none. */
  readonly blockEndpoints?: readonly string[];
  /** How many connections one address may hold open. Default 200, as Consul; 0: no limit. */
  readonly connectionsPerClientMax?: number;
  /** The largest value of a key in bytes (`limits.kv_max_value_size`). Default 512 KiB. */
  readonly valueBytesMax?: number;
  /** The largest body of a transaction in bytes (`limits.txn_max_req_len`). Default 512 KiB. */
  readonly txnBytesMax?: number;
  /** Permissions of unix sockets in octal digits (`0660`). Default: what the umask leaves. */
  readonly socketMode?: string;
  /**
   * How long a TLS handshake may take in ms, and then the head of the first request (`limits.https_handshake_timeout`).
   * Default 5,000, as Consul; 0: the default.
   */
  readonly handshakeTimeoutMs?: number;
}

/** Where the HTTP API listens. */
export type HttpListener =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly protocol: HttpProtocol }
  | { readonly kind: 'unix'; readonly path: string; readonly protocol: HttpProtocol };

/** What a listener is for. Sockets of the HTTPS API speak HTTP without TLS, as in Consul. */
export type HttpProtocol = 'http' | 'https';

/** `HttpOptions` with every default filled in, and where the API listens. */
export interface HttpConfig {
  readonly listeners: readonly HttpListener[];
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly blockEndpoints: readonly string[];
  readonly connectionsPerClientMax: number;
  readonly valueBytesMax: number;
  readonly txnBytesMax: number;
  /** 0 when the umask decides. */
  readonly socketMode: number;
  readonly handshakeTimeoutMs: number;
}
