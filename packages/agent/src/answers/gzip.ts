import { promisify } from 'node:util';
import { gzip as gzipCallback, gzipSync } from 'node:zlib';

const gzipInThread = promisify(gzipCallback);

/**
 * Up to here the way to a thread and back costs more than the work, which is below half a millisecond. Beyond it the
 * event loop goes on meanwhile.
 */
const bytesAtOnceMax = 32 * 1024;
/** The fastest level: answers are repetitive, so that the default one saves few bytes for three times the work. */
export const gzipOptions = { level: 1 };

/** The bytes in gzip's form; of few bytes at once, of many with a promise. */
export function gzip(bytes: Uint8Array): Buffer | Promise<Buffer> {
  return bytes.length <= bytesAtOnceMax ? gzipAtOnce(bytes) : gzipInThread(bytes, gzipOptions);
}

/** For bytes that are known to be few. */
export function gzipAtOnce(bytes: Uint8Array): Buffer {
  return gzipSync(bytes, gzipOptions);
}
