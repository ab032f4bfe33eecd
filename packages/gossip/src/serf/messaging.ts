import type { QueryId } from '../ids.ts';
import { UserEvents } from './events/user-events.ts';
import { NameConflicts } from './membership/name-conflicts.ts';
import { InternalQueries } from './queries/internal-queries.ts';
import { KeyRequests } from './queries/key-requests.ts';
import { OpenQueries } from './queries/open-queries.ts';
import { QueryAnswers } from './queries/query-answers.ts';
import { QueryInbox } from './queries/query-inbox.ts';
import type { SerfState } from './state.ts';
import type { MessagingInput, QueryRequest, RecoveredTimes } from './types.ts';

/** User events, queries and key management, wired together. It has no rules of its own. */
export class SerfMessaging {
  readonly #state: SerfState;
  readonly events: UserEvents;
  readonly queries: OpenQueries;
  readonly inbox: QueryInbox;
  readonly conflicts: NameConflicts;
  readonly #keys: KeyRequests;
  /** The owner's numbers of its open queries. */
  readonly #keyOfHandle = new Map<number, string>();

  constructor(state: SerfState) {
    this.#state = state;
    this.events = new UserEvents(state);
    this.queries = new OpenQueries(state);
    const answers = new QueryAnswers(state, this.queries);
    this.#keys = new KeyRequests(state, answers);
    this.inbox = new QueryInbox(state, answers, new InternalQueries(state, answers, this.#keys));
    this.conflicts = new NameConflicts(state, this.queries, this.inbox);
    this.#goOnAfter(state.config.recovered);
  }

  /** What the owner asks, and what it was asked for and has done. */
  take(input: MessagingInput): void {
    switch (input.type) {
      case 'user-event':
        this.events.send(input.event);
        break;
      case 'ask':
        this.#ask(input.queryId, input.request);
        break;
      case 'end-query':
        this.#end(input.queryId);
        break;
      case 'respond':
        this.inbox.respond(input.queryId, input.payload);
        break;
      case 'keys-changed':
        this.#keys.changed(input.keyChangeId, input.problem);
        break;
      case 'expressions-loaded':
        this.inbox.expressionsLoaded(input.matches);
        break;
    }
  }

  nextDeadlineMs(): number | undefined {
    const events = this.events.nextDeadlineMs();
    const queries = this.queries.nextDeadlineMs();
    return events === undefined || queries === undefined ? (events ?? queries) : Math.min(events, queries);
  }

  runDue(): void {
    this.events.runDue();
    this.queries.runDue();
  }

  /** What an earlier life has seen, as its snapshot tells, is not told again. */
  #goOnAfter(recovered: RecoveredTimes | undefined): void {
    if (recovered === undefined) return;
    this.events.ignoreBefore(recovered.eventTime + 1);
    this.inbox.ignoreBefore(recovered.queryTime + 1);
  }

  #ask(queryId: QueryId, request: QueryRequest): void {
    const key = this.inbox.ask(this.queries, request, {
      answered: (from, answer) => this.#state.emit({ type: 'query-answer', queryId, from, ...answer }),
      over: () => {
        this.#keyOfHandle.delete(queryId);
        this.#state.emit({ type: 'query-over', queryId });
      },
    });
    this.#keyOfHandle.set(queryId, key);
  }

  #end(queryId: QueryId): void {
    const key = this.#keyOfHandle.get(queryId);
    if (key === undefined) return;
    this.#keyOfHandle.delete(queryId);
    this.queries.end(key);
  }
}
