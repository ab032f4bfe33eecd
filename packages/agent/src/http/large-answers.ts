import { Slots } from '../async/slots.ts';
import type { Turns } from '../async/turns.ts';
import { type BeginOptions, type BegunJson, beginJson, type JsonPieces } from './json-body.ts';

/** Answers up to here are written whenever they are asked for; more than that only a few at a time. */
const smallBytesMax = 256 * 1024;
const writersMax = 8;
/** Of beginnings that clients read at their own pace. */
const heldBytesMax = 64 * 1024 * 1024;

/** Bounds the memory of large answers: a client may ask for hundreds at once, and read none of them. */
export class LargeAnswers {
  readonly #slots = new Slots(writersMax);
  #heldBytes = 0;

  /** As beginJson; beyond 256 KiB the work waits for its turn. */
  async begin(pieces: JsonPieces, options: BeginOptions, turns: Turns): Promise<BegunJson> {
    const { bytesMax } = options;
    const small = await beginJson(pieces, { ...options, bytesMax: Math.min(bytesMax, smallBytesMax) }, turns);
    const { begun, rest } = small;
    if (rest === undefined || begun.length > bytesMax) return small;
    return this.#slots.do(async () => {
      const more = await beginJson(rest, { ...options, bytesMax: bytesMax - begun.length }, turns);
      return { begun: Buffer.concat([begun, more.begun]), rest: more.rest };
    });
  }

  /** Whether so many bytes may be held until `onRelease` tells that they are not needed any more. */
  hold(bytes: number, onRelease: (release: () => void) => void): boolean {
    if (this.#heldBytes + bytes > heldBytesMax) return false;
    this.#heldBytes += bytes;
    onRelease(() => {
      this.#heldBytes -= bytes;
    });
    return true;
  }
}
