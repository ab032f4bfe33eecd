/**
 * The two messages of gRPC's health service as Protocol Buffers: a request with the name of a service in field 1, and a
 * response with a status in field 1. Source: grpc/health/v1/health.proto.
 */

/** The method that is called. */
export const healthMethod = '/grpc.health.v1.Health/Check';

/** The status of a service that is healthy. */
export const servingStatus = 1;

/** Bytes that are no response of the health service. */
export class GrpcMessageError extends Error {
  override readonly name = 'GrpcMessageError';
}

export function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  // proto3 leaves out a text that is empty.
  if (name.length === 0) return name;
  return Buffer.concat([Buffer.from([0x0a, ...varintOf(name.length)]), name]);
}

function varintOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

/**
 * The status in a response; 0, unknown, when it names none. Other fields are skipped, and of several the last counts.
 * @throws GrpcMessageError
 */
export function decodeHealthStatus(bytes: Uint8Array): number {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = bytes[at];
      if (byte === undefined || scale > 2 ** 63) throw new GrpcMessageError('a number breaks off');
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const skip = (count: number): void => {
    at += count;
    if (at > bytes.length) throw new GrpcMessageError('a field breaks off');
  };
  let status = 0;
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) {
      const value = varint();
      if (tag === 8) status = value;
    } else if (wireType === 1) skip(8);
    else if (wireType === 2) skip(varint());
    else if (wireType === 5) skip(4);
    else throw new GrpcMessageError(`a field has the wire type ${wireType}`);
  }
  return status;
}
