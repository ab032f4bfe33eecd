import { encodeMsgpack } from '../codec/msgpack.ts';
import { readMapHeader, readText } from '../codec/msgpack-read.ts';
import { Reader } from '../codec/reader.ts';
import { decodeText, encodeText, textOrBytes } from '../codec/text.ts';
import { GossipError } from '../errors.ts';
import { metaBytesMax } from './limits.ts';

/** The byte in front of a map of tags; metadata without it is the tag `role` alone. Source: serf serf.go tagMagicByte. */
const tagMagic = 0xff;
/** The first version of Serf's protocol with tags. */
const tagProtocolMin = 3;

/** Returns a text equal to `value`, possibly one that is shared. */
export type ShareText = (name: string, value: string) => string;

export interface EncodeTagsOptions {
  /** Default 5. Before 3 only the tag `role` can be sent, as it is. */
  readonly serfProtocol?: number;
}

/**
 * A member's tags as node metadata: `ff | msgpack map of text to text`, sorted by name so that equal tags
 * are equal bytes (peers compare bytes).
 * @throws GossipError GOSSIP_TOO_LARGE when the bytes exceed the 512 that metadata may have.
 * @throws TypeError for a value that is not text, which peers could not decode.
 */
export function encodeTags(
  tags: Readonly<Record<string, string>>,
  { serfProtocol = 5 }: EncodeTagsOptions = {},
): Uint8Array {
  const meta = serfProtocol < tagProtocolMin ? encodeText(tags['role'] ?? '') : encodeTagMap(tags);
  if (meta.length > metaBytesMax) {
    throw new GossipError(
      'GOSSIP_TOO_LARGE',
      `the tags take ${meta.length} bytes encoded, ${metaBytesMax} are allowed`,
    );
  }
  return meta;
}

/**
 * The tags in node metadata. Metadata without the magic byte is the tag `role` as a whole. Decoding is all or nothing. The last of equal names wins. Values go through `share`, which may return one copy of
 * a value that many members have.
 * @throws WireError WIRE_TRUNCATED, WIRE_MALFORMED.
 */
export function decodeTags(
  meta: Uint8Array,
  share: ShareText = (_name, value) => value,
): Readonly<Record<string, string>> {
  if (meta[0] !== tagMagic) return { role: decodeText(meta) };
  // Text is read from a Buffer; made once here, not once for each of the names and values.
  const reader = new Reader(Buffer.from(meta.buffer, meta.byteOffset, meta.length), 1);
  const tags = new Map<string, string>();
  for (let left = readMapHeader(reader); left > 0; left -= 1) {
    const name = readText(reader);
    tags.set(name, share(name, readText(reader)));
  }
  // Not an object literal: a peer may name a tag `__proto__`.
  return Object.fromEntries(tags);
}

function encodeTagMap(tags: Readonly<Record<string, string>>): Uint8Array {
  const names = Object.keys(tags).sort();
  const wrong = names.find((name) => typeof tags[name] !== 'string');
  if (wrong !== undefined)
    throw new TypeError(`the value of tag "${wrong}" is a ${typeof tags[wrong]}, not text`);
  const map = new Map(names.map((name) => [textOrBytes(name), textOrBytes(tags[name] ?? '')]));
  return encodeMsgpack(map, { prefix: [tagMagic] });
}
