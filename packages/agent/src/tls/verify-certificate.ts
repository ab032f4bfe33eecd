import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** Verifies certificates in the order and with the words of Go, of which operators know the texts. */

/** What a connection says about its peer. */
export interface PeerCertificate {
  readonly certificate: X509Certificate;
  /** The code of Node's own verification of the chain; undefined when it trusts it. */
  readonly chainError: string | undefined;
}

/**
 * Why a certificate is refused, or undefined. Validity is looked at first, then the name, then the chain.
 * @param host a name or an IP address without brackets.
 * @param wallMs milliseconds since 1970.
 * Source: Go 1.15 x509.Certificate.Verify.
 */
export function certificateFault(peer: PeerCertificate, host: string, wallMs: number): string | undefined {
  const { certificate, chainError } = peer;
  const chainFault = chainError === undefined ? undefined : 'x509: certificate signed by unknown authority';
  return validityFault(certificate, wallMs) ?? certificateNameFault(certificate, host) ?? chainFault;
}

function validityFault({ validFrom, validTo }: X509Certificate, wallMs: number): string | undefined {
  const expired = 'x509: certificate has expired or is not yet valid: current time';
  const now = isoSeconds(wallMs);
  if (wallMs < Date.parse(validFrom))
    return `${expired} ${now} is before ${isoSeconds(Date.parse(validFrom))}`;
  if (wallMs > Date.parse(validTo)) return `${expired} ${now} is after ${isoSeconds(Date.parse(validTo))}`;
  return undefined;
}

function isoSeconds(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}

/** Why a certificate is not that of a name or IP address, or undefined. */
export function certificateNameFault(certificate: X509Certificate, host: string): string | undefined {
  const isAddress = isIP(host) !== 0;
  const options = { subject: 'never' } as const;
  const matches = isAddress ? certificate.checkIP(host) : certificate.checkHost(host, options);
  if (matches !== undefined) return undefined;
  const alternatives = namesOf(certificate);
  const commonName = commonNameOf(certificate);
  if (alternatives === undefined && commonName.toLowerCase() === host.toLowerCase()) {
    return 'x509: certificate relies on legacy Common Name field, use SANs or temporarily enable Common Name matching with GODEBUG=x509ignoreCN=0';
  }
  const { dns = [], ip = [] } = alternatives ?? {};
  if (isAddress && ip.length === 0) {
    return `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  }
  const valid = (isAddress ? ip : dns).join(', ');
  return valid === ''
    ? `x509: certificate is not valid for any names, but wanted to match ${host}`
    : `x509: certificate is valid for ${valid}, not ${host}`;
}

interface AlternativeNames {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
}

function namesOf({ subjectAltName }: X509Certificate): AlternativeNames | undefined {
  if (subjectAltName === undefined) return undefined;
  const entries = subjectAltName.split(', ');
  const after = (prefix: string): readonly string[] =>
    entries.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length));
  return { dns: after('DNS:'), ip: after('IP Address:').map(shortAddress) };
}

/** OpenSSL writes every zero of an IPv6 address. */
function shortAddress(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

function commonNameOf({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject ?? '')?.[1] ?? '';
}

/** Alerts of TLS by number, in Go's words. Source: Go crypto/tls alert.go. */
const alertTexts: ReadonlyMap<number, string> = new Map([
  [10, 'unexpected message'],
  [20, 'bad record MAC'],
  [22, 'record overflow'],
  [40, 'handshake failure'],
  [42, 'bad certificate'],
  [43, 'unsupported certificate'],
  [44, 'revoked certificate'],
  [45, 'expired certificate'],
  [46, 'unknown certificate'],
  [47, 'illegal parameter'],
  [48, 'unknown certificate authority'],
  [49, 'access denied'],
  [50, 'error decoding message'],
  [51, 'error decrypting message'],
  [70, 'protocol version not supported'],
  [71, 'insufficient security level'],
  [80, 'internal error'],
  [86, 'inappropriate fallback'],
  [112, 'unrecognized name'],
  [116, 'certificate required'],
  [120, 'no application protocol'],
]);

/** The words for an alert that OpenSSL reports in the text of an error; undefined when it reports none. */
export function alertText(message: string): string | undefined {
  const number = /SSL alert number (\d+)/.exec(message)?.[1];
  if (number === undefined) return undefined;
  return `remote error: tls: ${alertTexts.get(Number(number)) ?? `alert(${number})`}`;
}
