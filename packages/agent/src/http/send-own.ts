import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Turns } from '../async/turns.ts';
import type { Exchange } from './answer.ts';
import { type BegunJson, ClientGone, streamJson, type WriteJson } from './json-body.ts';
import { isPretty } from './json-reply.ts';
import type { LargeAnswers } from './large-answers.ts';

/** What long answers need. */
export interface OwnParts {
  readonly turns: Turns;
  readonly large: LargeAnswers;
}

/** JSON above this is not held as a whole: each client gets it as fast as it reads. */
export const wholeBytesMax = 8 * 1024 * 1024;

/**
 * Sends the JSON of an answer that is nobody else's, written in turns of the event loop. Nothing is sent to a client that
 * closes its connection.
 */
export async function sendOwn(parts: OwnParts, exchange: Exchange, write: WriteJson): Promise<FastifyReply> {
  try {
    return await send(parts, exchange, write);
  } catch (error) {
    if (!(error instanceof ClientGone)) throw error;
    return exchange.reply.hijack();
  }
}

async function send(parts: OwnParts, exchange: Exchange, write: WriteJson): Promise<FastifyReply> {
  const { reply } = exchange;
  if (!reply.hasHeader('Content-Type')) reply.header('Content-Type', 'application/json');
  let begun = await begin(parts, exchange, write, wholeBytesMax);
  // Of what cannot be held, no more is written than its client reads.
  if (begun.rest !== undefined && !hold(parts, exchange, begun))
    begun = await begin(parts, exchange, write, 0);
  return sendBegun(parts, exchange, begun);
}

/** Sends what is begun, and then the rest as its client reads it. */
export function sendBegun({ turns }: OwnParts, { reply }: Exchange, begun: BegunJson): FastifyReply {
  return begun.rest === undefined
    ? reply.send(begun.begun)
    : reply.send(Readable.from(streamJson(begun, turns), { objectMode: false }));
}

/** Writes up to so many bytes. @throws ClientGone. */
export function begin(
  { turns, large }: OwnParts,
  { request, reply }: Exchange,
  write: WriteJson,
  bytesMax: number,
): Promise<BegunJson> {
  const { socket } = request.raw;
  const isGone = (): boolean => socket.destroyed;
  return large.begin(write(isPretty(reply) ? 'pretty' : 'compact'), { bytesMax, isGone }, turns);
}

/** Whether what is begun may be held until it is sent. */
export function hold({ large }: OwnParts, exchange: Exchange, { begun }: BegunJson): boolean {
  return large.hold(begun.length, (release) => onceOver(exchange, release));
}

/** Calls back when the answer was sent or its connection is closed; a response behind others hears nothing of that. */
function onceOver({ request, reply }: Exchange, listener: () => void): void {
  const emitters = [reply.raw, request.raw.socket];
  const onClose = (): void => {
    for (const emitter of emitters) emitter.off('close', onClose);
    listener();
  };
  for (const emitter of emitters) emitter.once('close', onClose);
}
