import { GossipError } from '../errors.ts';
import type { PayloadType } from '../payload.ts';
import type { Query } from '../query.ts';
import type { RequestAnswer, RequestResult, UnreadableAnswer } from '../request.ts';

/**
 * Waits until a query has ended and unpacks its responses.
 * @throws GossipError GOSSIP_CLOSED when the gossip was closed meanwhile; the signal's reason when it aborted.
 */
export async function collectAnswers<A>(
  query: Query,
  answer: Pick<PayloadType<A, never>, 'unpack'> | undefined,
  signal: AbortSignal | undefined,
): Promise<RequestResult<A>> {
  const { responses, unanswered, membersCount, ended } = await query.done;
  if (ended === 'aborted') throw signal?.reason;
  if (ended === 'closed') throw new GossipError('GOSSIP_CLOSED', 'the gossip was closed during a request');
  const answers: RequestAnswer<A>[] = [];
  const unreadable: UnreadableAnswer[] = [];
  for (const { from, payload } of responses) {
    try {
      // Without `answer`, `A` is bytes. Awaited, because a custom `unpack` may be asynchronous.
      answers.push({ from, value: answer === undefined ? (payload as A) : await answer.unpack(payload) });
    } catch (error) {
      unreadable.push({ from, payload, error });
    }
  }
  return { answers, unreadable, unanswered, membersCount, ended };
}
