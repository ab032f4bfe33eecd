import { decodeText, encodeText } from '@hobnob/gossip/codec';

/** How many bytes of output a check keeps unless configured. Source: Consul checks.DefaultBufSize. */
export const defaultOutputBytesMax = 4096;

/**
 * The last bytes of a stream, in memory of twice their size at most. Checks keep the end of what they read, because
 * that is where a program prints why it failed.
 */
export class TailBuffer {
  readonly #bytesMax: number;
  #chunks: Uint8Array[] = [];
  #keptBytes = 0;
  #totalBytes = 0;

  /** @param bytesMax how many bytes are kept; at least 1. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How many bytes were written, dropped ones included. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  write(chunk: Uint8Array): void {
    this.#totalBytes += chunk.length;
    // A copy: a view would keep the whole chunk of a socket in memory.
    const tail = Uint8Array.prototype.slice.call(chunk, Math.max(0, chunk.length - this.#bytesMax));
    this.#chunks.push(tail);
    this.#keptBytes += tail.length;
    if (this.#keptBytes > 2 * this.#bytesMax || this.#chunks.length > 64) this.#compact();
  }

  bytes(): Uint8Array {
    this.#compact();
    return this.#chunks[0] ?? new Uint8Array(0);
  }

  /**
   * The kept bytes as text. Bytes that are no UTF-8 stay what they are on their way to the catalog; JSON shows each as
   * U+FFFD, as Consul's does.
   */
  text(): string {
    return decodeText(this.bytes());
  }

  #compact(): void {
    const all = Buffer.concat(this.#chunks);
    const tail = all.length > this.#bytesMax ? Uint8Array.from(all.subarray(-this.#bytesMax)) : all;
    this.#chunks = [tail];
    this.#keptBytes = tail.length;
  }
}

/** What is shown of a program's output, of which the end was kept. Source: Consul checks.CheckMonitor. */
export function capturedText(text: string, keptBytes: number, totalBytes: number): string {
  return totalBytes === keptBytes ? text : `Captured ${keptBytes} of ${totalBytes} bytes\n...\n${text}`;
}

/**
 * The output that a client sends for a TTL check: its first bytes, and a mark when there were more.
 * Source: Consul checks.CheckTTL.SetStatus.
 */
export function limitTtlOutput(output: string, bytesMax: number): string {
  const bytes = encodeText(output);
  if (bytes.length <= bytesMax) return output;
  const kept = decodeText(bytes, 0, bytesMax);
  return `${kept} ... (captured ${bytesMax} of ${bytes.length} bytes)`;
}
