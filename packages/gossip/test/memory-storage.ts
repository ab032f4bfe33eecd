import type { LogStorage } from '../src/ports.ts';

/** A file in memory. A crash loses unsynced writes, and `failure` makes writes fail. */
export class MemoryStorage implements LogStorage {
  /** What every writing call fails with, while there is something. */
  failure: Error | undefined;
  readonly calls: string[] = [];
  #bytes: Uint8Array | undefined;
  #safe: Uint8Array | undefined;

  constructor(text?: string) {
    if (text !== undefined) this.#bytes = Buffer.from(text);
    this.#safe = this.#bytes;
  }

  get text(): string {
    return Buffer.from(this.#bytes ?? []).toString();
  }

  /** What a power cut leaves. */
  crash(): void {
    this.#bytes = this.#safe;
  }

  async read(): Promise<Uint8Array | undefined> {
    return this.#bytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#attempt('append');
    this.#bytes = Buffer.concat([this.#bytes ?? Buffer.alloc(0), bytes]);
  }

  async replace(bytes: Uint8Array): Promise<void> {
    this.#attempt('replace');
    this.#bytes = Uint8Array.from(bytes);
    this.#safe = this.#bytes;
  }

  async sync(): Promise<void> {
    this.#attempt('sync');
    this.#safe = this.#bytes;
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }

  #attempt(call: string): void {
    this.calls.push(call);
    if (this.failure !== undefined) throw this.failure;
  }
}
