import { ValueScanner } from '../codec/msgpack-skip.ts';
import { Reader } from '../codec/reader.ts';
import { WireError } from '../wire-error.ts';
import { streamRecordBytesMax } from './limits.ts';
import {
  decodePushPullHeader,
  decodePushPullNode,
  decodeStreamFault,
  decodeStreamUserHeader,
  type PushPullHeader,
} from './push-pull-codec.ts';
import { decodeAck, decodePing } from './swim-codec.ts';
import { MessageType, type PushPullNode, type StreamMessage } from './swim-messages.ts';

/** Invalid node states of a push/pull, which were skipped. */
export interface SkippedNodes {
  readonly count: number;
  /** The error of the first one. */
  readonly first: WireError | undefined;
}

/**
 * Decodes one stream message, type byte first, while its bytes arrive. Every byte is read at most twice: once to find the
 * end of its record, and once to decode it.
 */
export class StreamBody {
  #type: number | undefined;
  #header: PushPullHeader | undefined;
  #payloadBytes: number | undefined;
  readonly #nodes: PushPullNode[] = [];
  #scanner = new ValueScanner();
  /** How many bytes of the unfinished record were scanned. */
  #scannedBytes = 0;
  #skippedCount = 0;
  #firstSkipped: WireError | undefined;

  get skipped(): SkippedNodes {
    return { count: this.#skippedCount, first: this.#firstSkipped };
  }

  /**
   * Decodes complete records from `reader` and leaves it at the first byte of an unfinished one, which the next call must
   * pass again with more bytes. Returns the message once it is complete.
   * @throws WireError of any kind but WIRE_DECRYPT and WIRE_LABEL; the stream cannot be continued then.
   */
  read(reader: Reader): StreamMessage | undefined {
    if (this.#type === undefined) {
      if (reader.remaining === 0) return undefined;
      this.#type = reader.u8();
    }
    switch (this.#type) {
      case MessageType.ping:
        return this.#record(reader, decodePing);
      case MessageType.ack:
        return this.#record(reader, decodeAck);
      case MessageType.error:
        return this.#record(reader, decodeStreamFault);
      case MessageType.user:
        return this.#user(reader);
      case MessageType.pushPull:
        return this.#pushPull(reader);
      default:
        throw new WireError('WIRE_UNKNOWN_TYPE', `message type ${this.#type} does not belong onto a stream`);
    }
  }

  #user(reader: Reader): StreamMessage | undefined {
    this.#payloadBytes ??= this.#record(reader, decodeStreamUserHeader);
    if (this.#payloadBytes === undefined || reader.remaining < this.#payloadBytes) return undefined;
    return { type: 'user', payload: reader.copy(this.#payloadBytes) };
  }

  #pushPull(reader: Reader): StreamMessage | undefined {
    this.#header ??= this.#record(reader, decodePushPullHeader);
    if (this.#header === undefined) return undefined;
    const { join, nodesCount, userStateBytes } = this.#header;
    while (this.#nodes.length + this.#skippedCount < nodesCount) {
      const node = this.#record(reader, (record) => this.#nodeOrSkip(record));
      if (node === undefined) return undefined;
      if (node !== 'skipped') this.#nodes.push(node);
    }
    if (reader.remaining < userStateBytes) return undefined;
    return { type: 'push-pull', join, nodes: this.#nodes, userState: reader.copy(userStateBytes) };
  }

  /** Skips an invalid node state, whose end is known, so that it does not hide the rest of the pool. */
  #nodeOrSkip(record: Reader): PushPullNode | 'skipped' {
    try {
      return decodePushPullNode(record);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#skippedCount += 1;
      this.#firstSkipped ??= error;
      return 'skipped';
    }
  }

  /** Decodes the next record; undefined while it is not complete. */
  #record<T>(reader: Reader, decode: (record: Reader) => T): T | undefined {
    const scan = new Reader(reader.lookAhead(reader.remaining), this.#scannedBytes);
    const isComplete = this.#scanner.scan(scan);
    this.#scannedBytes = scan.offset;
    if (isComplete ? scan.offset > streamRecordBytesMax : reader.remaining > streamRecordBytesMax) {
      throw new WireError('WIRE_LIMIT', `a record of a stream has at most ${streamRecordBytesMax} bytes`);
    }
    if (!isComplete) return undefined;
    this.#scanner = new ValueScanner();
    this.#scannedBytes = 0;
    return decode(reader.part(scan.offset));
  }
}
