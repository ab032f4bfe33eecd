import { ValueScanner } from '../codec/msgpack-skip.ts';
import { Reader } from '../codec/reader.ts';
import { WireError } from '../wire-error.ts';
import { ByteQueue } from './byte-queue.ts';
import { compressMessage, decompressMessage } from './compression.ts';
import type { Keyring } from './encryption.ts';
import { inboundLabel, labelAad, labelHeader, matchLabel } from './label.ts';
import { encryptionOverheadBytes, frameBytesMax, streamBytesMax, streamInflatedBytesMax } from './limits.ts';
import { encodePushPull, encodeStreamFault, encodeStreamUser } from './push-pull-codec.ts';
import { type SkippedNodes, StreamBody } from './stream-body.ts';
import { encodeAck, encodePing } from './swim-codec.ts';
import { MessageType, type StreamMessage } from './swim-messages.ts';

/** `0a | length:u32` in front of an encrypted message; authenticated with it. */
const frameHeaderBytes = 5;

export interface StreamDecoderOptions {
  /** Undefined when encryption is off. */
  readonly keyring?: Keyring | undefined;
  /** With a key ring: refuse plaintext. */
  readonly verifyIncoming: boolean;
  readonly label: string;
  /** A proxy removes the label: refuse any label header. Default false. */
  readonly skipInboundLabelCheck?: boolean;
  /** True for accepted streams. The side that dialled sends the label header; the answer has none. */
  readonly expectLabelHeader: boolean;
}

export interface EncodeStreamOptions {
  /** Compress, as peers do on streams even when that makes the message larger. */
  readonly compression: boolean;
  readonly keyring?: Keyring | undefined;
  /** With a key ring: encrypt. */
  readonly verifyOutgoing: boolean;
  readonly label: string;
  /** True for the side that dialled. */
  readonly writeLabelHeader: boolean;
  /** Gives 12 fresh random bytes; called only when encrypting. */
  readonly nonce: () => Uint8Array;
}

/**
 * One message as a whole stream: `[label] | 0a | length | sealed(09 | {Algo, Buf(message)})`, each layer as
 * the options say. Source: gossip.md 2.12; memberlist net.go rawSendMsgStream.
 * @throws WireError WIRE_LIMIT when the message is larger than any peer accepts.
 */
export function encodeStreamMessage(message: StreamMessage, options: EncodeStreamOptions): Uint8Array {
  const { compression, keyring, verifyOutgoing, label, writeLabelHeader, nonce } = options;
  const plain = encodeBody(message);
  const payload = compression ? compressMessage(plain) : plain;
  const framed =
    keyring !== undefined && verifyOutgoing ? sealFrame(payload, keyring, label, nonce()) : payload;
  return label !== '' && writeLabelHeader ? Buffer.concat([labelHeader(label), framed]) : framed;
}

type Stage = 'label' | 'layer' | 'frame' | 'compressed' | 'body' | 'done' | 'failed';

/**
 * Decodes the message of a stream from chunks of any size and ignores all bytes behind it. The work is linear in the bytes,
 * and memory is bounded by the bytes that have arrived. Source: gossip.md 2.12.
 */
export class StreamDecoder {
  readonly #options: StreamDecoderOptions;
  readonly #body = new StreamBody();
  readonly #received = new ByteQueue();
  readonly #compressed = new ValueScanner();
  #compressedScannedBytes = 0;
  #receivedBytes = 0;
  #stage: Stage = 'label';
  #faultAnswer: string | undefined;

  constructor(options: StreamDecoderOptions) {
    this.#options = options;
    if (!options.expectLabelHeader) this.#stage = 'layer';
  }

  /** How many bytes of the unfinished message are buffered. */
  get bufferedBytes(): number {
    return this.#received.length;
  }

  /** Invalid node states, which the message does not include. */
  get skipped(): SkippedNodes {
    return this.#body.skipped;
  }

  /**
   * After `push` has thrown: the text of the error message to the peer, as memberlist sends one for faults of encryption or
   * compression; undefined when the stream is to be closed without a message.
   */
  get faultAnswer(): string | undefined {
    return this.#faultAnswer;
  }

  /** Drops the buffered bytes and ignores all further ones. */
  discard(): void {
    this.#received.clear();
    if (this.#stage !== 'failed') this.#stage = 'done';
  }

  /**
   * Takes the next chunk, which is only read during the call. Returns the message once it is complete.
   * @throws WireError once; all further chunks are ignored.
   */
  push(chunk: Uint8Array): StreamMessage | undefined {
    if (this.#stage === 'done' || this.#stage === 'failed') return undefined;
    try {
      this.#receivedBytes += chunk.length;
      if (this.#receivedBytes > streamBytesMax) {
        throw new WireError('WIRE_LIMIT', `a stream of more than ${streamBytesMax} bytes`);
      }
      this.#received.push(chunk);
      const message = this.#advance();
      if (message !== undefined) this.discard();
      return message;
    } catch (error) {
      if (error instanceof WireError && isAnswered(this.#stage)) this.#faultAnswer = error.message;
      this.#stage = 'failed';
      this.#received.clear();
      throw error;
    }
  }

  #advance(): StreamMessage | undefined {
    if (this.#stage === 'label' && !this.#takeLabel()) return undefined;
    if (this.#stage === 'layer' && !this.#takeLayer()) return undefined;
    if (this.#stage === 'frame') return this.#takeFrame();
    if (this.#stage === 'compressed') return this.#takeCompressed();
    const reader = new Reader(this.#received.view());
    const message = this.#body.read(reader);
    this.#received.consume(reader.offset);
    return message;
  }

  #takeLabel(): boolean {
    const headerBytes = matchLabel(this.#received.view(), inboundLabel(this.#options));
    if (headerBytes === undefined || this.#received.length === 0) return false;
    this.#received.consume(headerBytes);
    this.#stage = 'layer';
    return true;
  }

  /** Determines the layer that begins behind the label by its first byte. */
  #takeLayer(): boolean {
    if (this.#received.length === 0) return false;
    const { keyring, verifyIncoming } = this.#options;
    const type = this.#received.view()[0];
    if (type === MessageType.encrypt) {
      if (keyring === undefined)
        throw new WireError('WIRE_DECRYPT', 'the stream is encrypted, but no key is configured here');
      this.#stage = 'frame';
    } else if (keyring !== undefined && verifyIncoming) {
      throw new WireError('WIRE_DECRYPT', 'encryption is configured here, but the stream is not encrypted');
    } else {
      this.#stage = type === MessageType.compress ? 'compressed' : 'body';
    }
    return true;
  }

  #takeFrame(): StreamMessage | undefined {
    const { keyring, label } = this.#options;
    if (keyring === undefined || this.#received.length < frameHeaderBytes) return undefined;
    const reader = new Reader(this.#received.view());
    reader.skip(1);
    const sealedBytes = reader.u32();
    if (sealedBytes > frameBytesMax) {
      throw new WireError(
        'WIRE_LIMIT',
        `a frame of ${sealedBytes} bytes is larger than the limit of ${frameBytesMax}`,
      );
    }
    if (reader.remaining < sealedBytes) return undefined;
    const sealed = reader.bytes(sealedBytes);
    const plaintext = keyring.open(sealed, { aad: frameAad(sealedBytes, label) });
    this.#received.clear();
    const inner = new Reader(plaintext);
    if (inner.peek() !== MessageType.compress) return this.#finishBody(inner);
    inner.skip(1);
    return this.#inflate(inner);
  }

  #takeCompressed(): StreamMessage | undefined {
    const view = this.#received.view();
    const scan = new Reader(view, 1 + this.#compressedScannedBytes);
    const isComplete = this.#compressed.scan(scan);
    this.#compressedScannedBytes = scan.offset - 1;
    return isComplete ? this.#inflate(new Reader(view, 1)) : undefined;
  }

  #inflate(body: Reader): StreamMessage {
    const inflated = decompressMessage(body, { outputBytesMax: streamInflatedBytesMax });
    this.#received.clear();
    const inner = new Reader(inflated);
    inner.peek();
    return this.#finishBody(inner);
  }

  /** Decodes a message whose bytes have all arrived, so that an unfinished one is an error. */
  #finishBody(reader: Reader): StreamMessage {
    this.#stage = 'body';
    const message = this.#body.read(reader);
    if (message === undefined)
      throw new WireError('WIRE_TRUNCATED', 'the message ends before its last field does');
    return message;
  }
}

/** Whether memberlist sends an error message for a fault of this stage: between the label and the message. */
function isAnswered(stage: Stage): boolean {
  return stage === 'layer' || stage === 'frame' || stage === 'compressed';
}

function encodeBody(message: StreamMessage): Uint8Array {
  switch (message.type) {
    case 'ping':
      return encodePing(message);
    case 'ack':
      return encodeAck(message);
    case 'push-pull':
      return encodePushPull(message);
    case 'user':
      return encodeStreamUser(message);
    case 'error':
      return encodeStreamFault(message);
  }
}

function sealFrame(payload: Uint8Array, keyring: Keyring, label: string, nonce: Uint8Array): Uint8Array {
  const sealedBytes = payload.length + encryptionOverheadBytes;
  if (sealedBytes > frameBytesMax) {
    throw new WireError(
      'WIRE_LIMIT',
      `a frame of ${sealedBytes} bytes is larger than the limit of ${frameBytesMax}`,
    );
  }
  const sealed = keyring.seal(payload, { nonce, aad: frameAad(sealedBytes, label) });
  return Buffer.concat([frameHeader(sealedBytes), sealed]);
}

function frameHeader(sealedBytes: number): Uint8Array {
  const header = Buffer.allocUnsafe(frameHeaderBytes);
  header[0] = MessageType.encrypt;
  header.writeUInt32BE(sealedBytes, 1);
  return header;
}

/** The header is authenticated with the label, so that neither can be exchanged. */
function frameAad(sealedBytes: number, label: string): Uint8Array {
  return Buffer.concat([frameHeader(sealedBytes), labelAad(label)]);
}
