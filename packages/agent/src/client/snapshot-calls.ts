import type { Readable } from 'node:stream';
import { archiveStream } from './arguments.ts';
import { withQuery } from './query.ts';
import { placeOf, type RequestOptions } from './read-options.ts';
import type { Transport } from './transport.ts';

/** An archive as it arrives. */
export interface SavedSnapshot {
  /** The log index of the state. */
  readonly index: bigint;
  /** To be read to its end or destroyed. */
  readonly archive: Readable;
}

/** The whole state of the servers, in the archive of Consul. */
export interface SnapshotCalls {
  /** `stale`: of any server, also when none leads. A connection that breaks later is an error of the archive's stream. */
  save(options?: RequestOptions & { readonly stale?: boolean }): Promise<SavedSnapshot>;
  /**
   * Puts the state of an archive in the place of the one of now. A broken archive changes nothing.
   * @throws AgentClientError; the stream's own error when the archive cannot be read.
   */
  restore(archive: Readable | Uint8Array, options?: RequestOptions): Promise<void>;
}

/** The calls of one client. */
export function snapshotCalls({ stream }: Transport): SnapshotCalls {
  return {
    async save({ stale = false, ...options } = {}) {
      const path = withQuery('/v1/snapshot', {
        ...placeOf(options),
        ...(stale ? { stale: true as const } : {}),
      });
      const { headers, body } = await stream('GET', path, options);
      const index = headers['x-consul-index'];
      return { index: BigInt(typeof index === 'string' && /^\d+$/.test(index) ? index : 0), archive: body };
    },
    async restore(archive, options = {}) {
      const { body } = await stream(
        'PUT',
        withQuery('/v1/snapshot', placeOf(options)),
        options,
        archiveStream(archive),
      );
      body.resume();
    },
  };
}
