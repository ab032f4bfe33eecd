import { Reader } from '../codec/reader.ts';
import { WireError } from '../wire-error.ts';
import { type CompoundParts, decodeCompound, encodeCompound } from './compound.ts';
import { compressMessage, decompressMessage } from './compression.ts';
import { addChecksum, checkChecksum } from './crc32.ts';
import type { Keyring } from './encryption.ts';
import { inboundLabel, labelAad, labelHeader, matchLabel } from './label.ts';
import {
  compoundHeaderBytes,
  encryptionOverheadBytes,
  packetDepthMax,
  packetFaultsMax,
  packetInflatedBytesMax,
  packetPartsMax,
} from './limits.ts';
import { decodePacketMessage } from './swim-codec.ts';
import { MessageType, type PacketMessage } from './swim-messages.ts';

export interface OpenPacketOptions {
  /** Undefined when encryption is off. */
  readonly keyring?: Keyring | undefined;
  /** With a key ring: refuse packets that no key decrypts. */
  readonly verifyIncoming: boolean;
  /** Empty for none. */
  readonly label: string;
  /** A proxy removes the label: refuse any label header. Default false. */
  readonly skipInboundLabelCheck?: boolean;
}

export interface OpenedPacket {
  readonly messages: readonly PacketMessage[];
  /** Why parts of a compound are missing from `messages`. */
  readonly faults: readonly WireError[];
}

export interface SealPacketOptions {
  /** Compress when that makes the packet smaller. */
  readonly compression: boolean;
  /** Only for receivers that understand checksums (memberlist protocol 5). */
  readonly crc: boolean;
  readonly keyring?: Keyring | undefined;
  /** With a key ring: encrypt. */
  readonly verifyOutgoing: boolean;
  readonly label: string;
  /** Gives 12 fresh random bytes; called only when encrypting. */
  readonly nonce: () => Uint8Array;
}

interface Opened {
  readonly messages: PacketMessage[];
  readonly faults: WireError[];
}

/** The limits that the rest of a packet may use up. */
interface Budget {
  inflatedBytesLeft: number;
  partsLeft: number;
}

/**
 * Opens a datagram: label, encryption, checksum, then compress and compound messages as deep as they nest.
 * The messages hold copies; the datagram is only read during the call. Source: gossip.md 2.10.
 *
 * @throws WireError when an outer layer or the only message is refused. A bad part of a compound is a fault
 *   and leaves the other parts alone.
 */
export function openPacket(datagram: Uint8Array, options: OpenPacketOptions): OpenedPacket {
  const labelBytes = matchLabel(datagram, inboundLabel(options));
  if (labelBytes === undefined) throw new WireError('WIRE_LABEL', 'the packet ends inside its label');
  const unlabelled = labelBytes === 0 ? datagram : datagram.subarray(labelBytes);
  const plaintext = decryptPacket(unlabelled, options);
  const payload = checkChecksum(plaintext);
  const opened: Opened = { messages: [], faults: [] };
  const budget = { inflatedBytesLeft: packetInflatedBytesMax, partsLeft: packetPartsMax };
  openMessage(new Reader(payload), opened, budget, 0);
  return opened;
}

/**
 * Makes one datagram of encoded messages: compound when there are several, then compression, checksum,
 * encryption and label. With none of them the result is the only part itself. Source: gossip.md 2.10.
 * @throws WireError WIRE_LIMIT for more than 255 parts or a label of more than 255 bytes.
 */
export function sealPacket(parts: readonly Uint8Array[], options: SealPacketOptions): Uint8Array {
  const { compression, crc, keyring, verifyOutgoing, label, nonce } = options;
  const [only] = parts;
  const payload = parts.length === 1 && only !== undefined ? only : encodeCompound(parts);
  const squeezed = compression ? compressIfSmaller(payload) : payload;
  const checked = crc ? addChecksum(squeezed) : squeezed;
  const isEncrypted = keyring !== undefined && verifyOutgoing;
  const sealed = isEncrypted ? keyring.seal(checked, { nonce: nonce(), aad: labelAad(label) }) : checked;
  return label === '' ? sealed : Buffer.concat([labelHeader(label), sealed]);
}

export interface PacketOverheadOptions {
  readonly label: string;
  readonly keyring?: Keyring | undefined;
  readonly verifyOutgoing: boolean;
}

/**
 * The bytes of a compound packet beyond its parts and their `compoundPartOverheadBytes`. Leaves out the five bytes of the
 * checksum, as peers do. Source: gossip.md 2.11.
 */
export function packetOverheadBytes({ label, keyring, verifyOutgoing }: PacketOverheadOptions): number {
  const isEncrypted = keyring !== undefined && verifyOutgoing;
  return compoundHeaderBytes + labelHeader(label).length + (isEncrypted ? encryptionOverheadBytes : 0);
}

function decryptPacket(
  packet: Uint8Array,
  { keyring, verifyIncoming, label }: OpenPacketOptions,
): Uint8Array {
  if (keyring === undefined) return packet;
  try {
    return keyring.open(packet, { aad: labelAad(label) });
  } catch (error) {
    // While encryption is rolled out, a packet that no key decrypts may be plaintext of a member without a key.
    if (verifyIncoming || !(error instanceof WireError)) throw error;
    return packet;
  }
}

function openMessage(reader: Reader, opened: Opened, budget: Budget, depth: number): void {
  if (depth > packetDepthMax)
    throw new WireError('WIRE_LIMIT', `messages nest deeper than ${packetDepthMax}`);
  switch (reader.peek()) {
    case MessageType.compress: {
      reader.skip(1);
      const inflated = decompressMessage(reader, { outputBytesMax: budget.inflatedBytesLeft });
      budget.inflatedBytesLeft -= inflated.length;
      openMessage(new Reader(inflated), opened, budget, depth + 1);
      return;
    }
    case MessageType.compound:
      reader.skip(1);
      openCompound(decodeCompound(reader), opened, budget, depth + 1);
      return;
    default:
      opened.messages.push(decodePacketMessage(reader));
  }
}

function openCompound(
  { parts, truncatedCount }: CompoundParts,
  opened: Opened,
  budget: Budget,
  depth: number,
): void {
  budget.partsLeft -= parts.length;
  if (budget.partsLeft < 0)
    throw new WireError('WIRE_LIMIT', `a packet of more than ${packetPartsMax} parts`);
  for (const part of parts) {
    if (opened.faults.length >= packetFaultsMax) return;
    try {
      openMessage(part, opened, budget, depth);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      opened.faults.push(error);
    }
  }
  if (truncatedCount > 0) opened.faults.push(truncated(truncatedCount));
}

function truncated(partsCount: number): WireError {
  return new WireError('WIRE_TRUNCATED', `a compound ends before its last ${partsCount} parts do`);
}

function compressIfSmaller(payload: Uint8Array): Uint8Array {
  const compressed = compressMessage(payload);
  return compressed.length < payload.length ? compressed : payload;
}
