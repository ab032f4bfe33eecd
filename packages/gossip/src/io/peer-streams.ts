import type { CoreInput } from '../core.ts';
import { errorCode } from '../files/error-code.ts';
import { IdSequence, type PeerStreamId, type StreamId } from '../ids.ts';
import type { Entropy, StreamConnection, StreamHandler, StreamTransport } from '../ports.ts';
import type { StreamFailure } from '../swim/types.ts';
import type { Address } from '../wire/address.ts';
import type { Keyring } from '../wire/encryption.ts';
import { encodeStreamMessage, StreamDecoder } from '../wire/stream-frames.ts';
import type { Ack, Ping, PushPull, StreamFault, StreamMessage } from '../wire/swim-messages.ts';
import { WireError } from '../wire-error.ts';
import type { Traffic } from './traffic.ts';

/** How packets and streams are encrypted, labelled and compressed. Also the options of sealing and opening. */
export interface WireSecurity {
  readonly keyring: Keyring | undefined;
  readonly verifyIncoming: boolean;
  readonly verifyOutgoing: boolean;
  readonly label: string;
  readonly skipInboundLabelCheck: boolean;
  readonly compression: boolean;
}

export interface PeerStreamsParts {
  readonly streams: StreamTransport;
  readonly security: WireSecurity;
  readonly entropy: Entropy;
  readonly traffic: Pick<Traffic, 'streamBytes' | 'streamDropped'>;
  /** Takes the requests and answers of peers. */
  readonly feed: (input: CoreInput) => void;
}

/**
 * The most bytes that all unfinished messages buffer together. A push/pull of a pool of 10,000 members takes a few MiB.
 * Without a common bound, 128 peers that each send the largest legal frame would take 2.5 GiB.
 */
const bufferedBytesMax = 64 * 1024 * 1024;
/** The most requests of peers that wait for an answer; far more than the transport accepts at once. */
const openRequestsMax = 1024;

const tooLarge: StreamFailure = {
  code: 'SEED_PROTOCOL',
  reason: 'our own state is larger than any peer accepts',
};
const noAnswer: StreamFailure = {
  code: 'SEED_CLOSED',
  reason: 'the peer closed the connection without an answer',
};

/** A request that this member sent. */
interface OwnRequest {
  readonly kind: 'push-pull' | 'stream-ping';
  readonly streamId: StreamId;
  isOver: boolean;
}

/** Turns streams into inputs of the core and effects of the core into streams: one request and one answer each. */
export class PeerStreams {
  readonly #parts: PeerStreamsParts;
  readonly #requests = new Map<PeerStreamId, StreamConnection>();
  readonly #peerStreamIds = new IdSequence<PeerStreamId>();
  #bufferedBytes = 0;

  constructor(parts: PeerStreamsParts) {
    this.#parts = parts;
  }

  /** Starts to accept streams. */
  listen(): void {
    this.#parts.streams.onConnection((connection) => this.#accept(connection));
  }

  /** Opens a stream, sends a request and feeds the answer or the failure. */
  begin(streamId: StreamId, to: Address, request: PushPull | Ping, timeoutMs: number): void {
    const own: OwnRequest = {
      kind: request.type === 'push-pull' ? 'push-pull' : 'stream-ping',
      streamId,
      isOver: false,
    };
    const bytes = this.#encode(request, to, { writeLabelHeader: true });
    if (bytes === undefined) {
      this.#parts.feed({ type: `${own.kind}-failed`, streamId, failure: tooLarge });
      return;
    }
    const decoder = this.#decoder({ expectLabelHeader: false });
    const connection = this.#parts.streams.dial(to, timeoutMs, {
      onData: (chunk) =>
        this.#receive(decoder, chunk, to, {
          message: (message) => this.#answered(own, message, connection),
          refused: (error) => this.#fail(own, unreadable(error), connection),
        }),
      onEnd: () => this.#fail(own, noAnswer, connection),
      onClose: (error) => {
        this.#release(decoder);
        this.#fail(own, error === undefined ? noAnswer : unreachable(error), connection);
      },
    });
    this.#send(connection, bytes);
  }

  /** Answers a request of a peer and ends its stream. */
  reply(streamId: PeerStreamId, message: PushPull | Ack | StreamFault): void {
    const connection = this.#requests.get(streamId);
    if (connection === undefined) return;
    this.#requests.delete(streamId);
    this.#answer(connection, message);
  }

  /** Closes the stream of a peer's request without an answer. */
  drop(streamId: PeerStreamId): void {
    this.#requests.get(streamId)?.destroy();
    this.#requests.delete(streamId);
  }

  #accept(connection: StreamConnection): StreamHandler {
    const decoder = this.#decoder({ expectLabelHeader: true });
    const streamId = this.#peerStreamIds.next();
    let isTaken = false;
    return {
      onData: (chunk) => {
        if (isTaken) return;
        this.#receive(decoder, chunk, connection.remoteAddress, {
          message: (message) => {
            isTaken = true;
            this.#release(decoder);
            this.#requested(streamId, message, connection);
          },
          refused: () => {
            isTaken = true;
            this.#refuse(connection, decoder.faultAnswer);
          },
        });
      },
      onEnd: () => {
        if (!isTaken) connection.destroy();
      },
      onClose: () => {
        this.#release(decoder);
        this.#requests.delete(streamId);
      },
    };
  }

  /** Feeds the request of a peer, which is the first message of its stream. */
  #requested(streamId: PeerStreamId, message: StreamMessage, connection: StreamConnection): void {
    const from = connection.remoteAddress;
    if (message.type === 'user') {
      this.#parts.feed({ type: 'packet', from, messages: [message] });
      connection.end();
      return;
    }
    if (message.type !== 'push-pull' && message.type !== 'ping') {
      connection.destroy();
      return;
    }
    if (this.#requests.size >= openRequestsMax) {
      connection.destroy();
      return;
    }
    this.#requests.set(streamId, connection);
    if (message.type === 'ping') this.#parts.feed({ type: 'stream-ping-request', streamId, ping: message });
    else this.#parts.feed({ type: 'push-pull-request', streamId, from, state: message });
  }

  #answered(own: OwnRequest, message: StreamMessage, connection: StreamConnection): void {
    if (own.isOver) return;
    if (message.type === 'error') {
      const reason = `the peer refused: ${message.message}`;
      this.#fail(own, { code: 'SEED_REJECTED', reason }, connection);
      return;
    }
    const { kind, streamId } = own;
    if (kind === 'push-pull' && message.type === 'push-pull') {
      own.isOver = true;
      connection.destroy();
      this.#parts.feed({ type: 'push-pull-reply', streamId, state: message });
    } else if (kind === 'stream-ping' && message.type === 'ack') {
      own.isOver = true;
      connection.destroy();
      this.#parts.feed({ type: 'stream-ping-reply', streamId, ack: message });
    } else {
      const reason = `the peer answered with an unexpected ${message.type} message`;
      this.#fail(own, { code: 'SEED_PROTOCOL', reason }, connection);
    }
  }

  #fail(own: OwnRequest, failure: StreamFailure, connection: StreamConnection): void {
    if (own.isOver) return;
    own.isOver = true;
    connection.destroy();
    this.#parts.feed({ type: `${own.kind}-failed`, streamId: own.streamId, failure });
  }

  /** Closes a refused stream, with an error message where memberlist sends one. Source: memberlist net.go handleConn. */
  #refuse(connection: StreamConnection, faultAnswer: string | undefined): void {
    if (faultAnswer === undefined) {
      connection.destroy();
      return;
    }
    this.#answer(connection, { type: 'error', message: faultAnswer });
  }

  #receive(
    decoder: StreamDecoder,
    chunk: Uint8Array,
    from: Address,
    on: { message(message: StreamMessage): void; refused(error: WireError): void },
  ): void {
    this.#parts.traffic.streamBytes('received', chunk.length);
    const before = decoder.bufferedBytes;
    try {
      if (this.#bufferedBytes + chunk.length > bufferedBytesMax) {
        throw new WireError('WIRE_LIMIT', `streams together hold more than ${bufferedBytesMax} bytes`);
      }
      const message = decoder.push(chunk);
      this.#bufferedBytes += decoder.bufferedBytes - before;
      if (message === undefined) return;
      const { first } = decoder.skipped;
      if (first !== undefined) this.#parts.traffic.streamDropped(first, from);
      on.message(message);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#bufferedBytes += decoder.bufferedBytes - before;
      this.#parts.traffic.streamDropped(error, from);
      on.refused(error);
    }
  }

  #decoder({ expectLabelHeader }: { readonly expectLabelHeader: boolean }): StreamDecoder {
    return new StreamDecoder({ ...this.#parts.security, expectLabelHeader });
  }

  /** Frees the buffer of a decoder, which is not used afterwards. */
  #release(decoder: StreamDecoder): void {
    this.#bufferedBytes -= decoder.bufferedBytes;
    decoder.discard();
  }

  #answer(connection: StreamConnection, message: StreamMessage): void {
    const bytes = this.#encode(message, connection.remoteAddress, { writeLabelHeader: false });
    if (bytes === undefined) {
      connection.destroy();
      return;
    }
    this.#send(connection, bytes);
    connection.end();
  }

  #send(connection: StreamConnection, bytes: Uint8Array): void {
    this.#parts.traffic.streamBytes('sent', bytes.length);
    connection.write(bytes);
  }

  /** Encodes a message. Undefined, and counted as dropped, when it is larger than any peer accepts. */
  #encode(
    message: StreamMessage,
    to: Address,
    { writeLabelHeader }: { readonly writeLabelHeader: boolean },
  ): Uint8Array | undefined {
    const { security, entropy } = this.#parts;
    try {
      const nonce = () => entropy.bytes(12);
      return encodeStreamMessage(message, { ...security, writeLabelHeader, nonce });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#parts.traffic.streamDropped(error, to);
      return undefined;
    }
  }
}

const failureCodes: Readonly<Record<string, StreamFailure['code']>> = {
  ECONNREFUSED: 'SEED_REFUSED',
  ECONNRESET: 'SEED_CLOSED',
  EPIPE: 'SEED_CLOSED',
  ETIMEDOUT: 'SEED_TIMEOUT',
};

/** The failure of a connection that could not be opened or broke. */
function unreachable(error: Error): StreamFailure {
  return {
    code: failureCodes[errorCode(error)] ?? 'SEED_UNREACHABLE',
    reason: error.message,
    cause: error,
  };
}

/** The failure of an answer that cannot be read. */
function unreadable(error: WireError): StreamFailure {
  return { code: error.code === 'WIRE_DECRYPT' ? 'SEED_DECRYPT' : 'SEED_PROTOCOL', reason: error.message };
}
