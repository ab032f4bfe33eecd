import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { LogFileConfig } from '@hobnob/agent';
import type { LineSink } from '../line-output.ts';
import { FileSink } from './standard-streams.ts';

const fileMode = 0o640;
const defaultName = 'consul.log';
const defaultExtension = '.log';

/**
 * The log file, with the names and the rotation of Consul 1.8.7 (logging/logfile.go): every file carries the time
 * it was opened at, in nanoseconds. `nowNs` is the time of the wall clock.
 */
export class LogFile implements LineSink {
  readonly name: string;
  readonly #config: LogFileConfig;
  readonly #nowNs: () => bigint;
  readonly #directory: string;
  readonly #stem: string;
  readonly #extension: string;
  readonly #sink: FileSink;
  #fd: number | undefined;
  #openedNs = 0n;
  #bytes = 0;

  /** Opens the first file. @throws Error of the system, with `path`, when that is not possible. */
  constructor(config: LogFileConfig, nowNs: () => bigint) {
    const { path } = config;
    this.#config = config;
    this.#nowNs = nowNs;
    this.#directory = path.endsWith('/') ? path : dirname(path);
    const file = path.endsWith('/') ? defaultName : basename(path);
    this.#extension = extname(file) === '' ? defaultExtension : extname(file);
    this.#stem = basename(file, extname(file));
    this.name = path;
    this.#sink = new FileSink(path, () => this.#fd ?? this.#openNew());
    this.#openNew();
  }

  write(text: string, done: (fault?: Error) => void): void {
    try {
      this.#rotate();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#sink.write(text, (fault) => {
      if (fault === undefined) this.#bytes += Buffer.byteLength(text);
      done(fault);
    });
  }

  /**
   * When a new file cannot be opened, the old one is closed all the same and the next line tries again, as in
   * Consul.
   */
  #rotate(): void {
    const { rotateBytes, rotateDurationMs } = this.#config;
    const ageNs = this.#nowNs() - this.#openedNs;
    const isFull = rotateBytes > 0 && this.#bytes >= rotateBytes;
    if (this.#fd === undefined || (!isFull && ageNs < BigInt(Math.ceil(rotateDurationMs * 1e6)))) return;
    const old = this.#fd;
    this.#fd = undefined;
    closeSync(old);
    this.#prune();
    this.#openNew();
  }

  #openNew(): number {
    const nowNs = this.#nowNs();
    // Two files within one tick of the clock must not be one.
    this.#openedNs = nowNs > this.#openedNs ? nowNs : this.#openedNs + 1n;
    const path = join(this.#directory, `${this.#stem}-${this.#openedNs}${this.#extension}`);
    const fd = openSync(path, 'a', fileMode);
    this.#fd = fd;
    this.#bytes = 0;
    return fd;
  }

  /** Removes the oldest files, and only those that have the name of ours. */
  #prune(): void {
    const { rotateFilesMax } = this.#config;
    if (rotateFilesMax === 0) return;
    const isOurs = (name: string): boolean =>
      name.startsWith(`${this.#stem}-`) &&
      name.endsWith(this.#extension) &&
      /^\d+$/.test(name.slice(this.#stem.length + 1, -this.#extension.length));
    const files = readdirSync(this.#directory).filter(isOurs).sort();
    for (const file of files.slice(0, Math.max(0, files.length - Math.max(0, rotateFilesMax)))) {
      rmSync(join(this.#directory, file), { force: true });
    }
  }
}
