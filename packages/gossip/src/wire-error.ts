/**
 * - `WIRE_TRUNCATED`: the bytes end before the value does.
 * - `WIRE_LIMIT`: a length, count, depth or number exceeds a limit of this package.
 * - `WIRE_CHECKSUM`: the packet's CRC does not match its content.
 * - `WIRE_UNKNOWN_TYPE`: the type of a message or compression is unknown.
 * - `WIRE_MALFORMED`: a value of the wrong kind, or one that breaks the format's rules.
 * - `WIRE_DECRYPT`: no key of the ring decrypts it, or it is plaintext although encryption is required.
 * - `WIRE_LABEL`: the label is missing, or it is not the configured one.
 */
export type WireErrorCode =
  | 'WIRE_TRUNCATED'
  | 'WIRE_LIMIT'
  | 'WIRE_CHECKSUM'
  | 'WIRE_UNKNOWN_TYPE'
  | 'WIRE_MALFORMED'
  | 'WIRE_DECRYPT'
  | 'WIRE_LABEL';

/** Bytes from a peer that this member refuses. They are dropped and counted; no state changes. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
