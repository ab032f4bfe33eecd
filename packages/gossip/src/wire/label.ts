import { encodeText } from '../codec/text.ts';
import { WireError } from '../wire-error.ts';
import { labelBytesMax, labelHeaderBytes } from './limits.ts';
import { MessageType } from './swim-messages.ts';

/**
 * The label header that separates pools on one network: `f4 | length:u8 (1..255) | label`, outermost on a
 * packet, and the first bytes of a stream from the side that dialled. No label means no header.
 * Source: memberlist label.go.
 *
 * @throws WireError WIRE_LIMIT when the label has more than 255 bytes.
 */
export function labelHeader(label: string): Uint8Array {
  const bytes = encodeText(label);
  if (bytes.length === 0) return bytes;
  if (bytes.length > labelBytesMax) {
    throw new WireError('WIRE_LIMIT', `a label has at most ${labelBytesMax} bytes, not ${bytes.length}`);
  }
  return Buffer.concat([Uint8Array.of(MessageType.hasLabel, bytes.length), bytes]);
}

/**
 * How many bytes the header of `label` takes at the start of `bytes`, or undefined when they end inside it.
 * @throws WireError WIRE_LABEL when there is another label, an empty one or none.
 */
export function matchLabel(bytes: Uint8Array, label: string): number | undefined {
  if (label === '' && bytes.length > 0 && bytes[0] !== MessageType.hasLabel) return 0;
  const expected = labelHeader(label);
  if (expected.length === 0 && bytes.length > 0)
    throw new WireError('WIRE_LABEL', 'a label where none is expected');
  if (bytes.length === 0) return expected.length === 0 ? 0 : undefined;
  if (bytes[0] !== MessageType.hasLabel) throw new WireError('WIRE_LABEL', 'no label where one is expected');
  if (bytes.length < labelHeaderBytes) return undefined;
  if (bytes[1] !== expected[1]) throw new WireError('WIRE_LABEL', 'the label is not ours');
  const present = Math.min(bytes.length, expected.length);
  for (let i = labelHeaderBytes; i < present; i += 1) {
    if (bytes[i] !== expected[i]) throw new WireError('WIRE_LABEL', 'the label is not ours');
  }
  return bytes.length < expected.length ? undefined : expected.length;
}

export interface InboundLabelOptions {
  readonly label: string;
  readonly skipInboundLabelCheck?: boolean;
}

/**
 * The label that is expected in front of packets and streams that arrive: none when a proxy removes it. The label is
 * authenticated in both cases. Source: memberlist net.go ingestPacket, handleConn.
 */
export function inboundLabel({ label, skipInboundLabelCheck = false }: InboundLabelOptions): string {
  return skipInboundLabelCheck ? '' : label;
}

/** The label as additional authenticated data: its bytes without the header. */
export function labelAad(label: string): Uint8Array {
  return label === '' ? noBytes : encodeText(label);
}

const noBytes = new Uint8Array(0);
