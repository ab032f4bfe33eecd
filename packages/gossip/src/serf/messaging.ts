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

/** Connects user events, queries, key requests and name conflicts. It has no rules of its own. */
export class SerfMessaging {
  readonly #state: SerfState;
  readonly events: UserEvents;
  readonly queries: OpenQueries;
  readonly inbox: QueryInbox;
  readonly conflicts: NameConflicts;
  readonly #keys: KeyRequests;
  readonly #keyByQueryId = new Map<QueryId, string>();

  constructor(state: SerfState) {
    this.#state = state;
    this.events = new UserEvents(state);
    this.queries = new OpenQueries(state);
    const answers = new QueryAnswers(state, this.queries);
    this.#keys = new KeyRequests(state, answers);
    this.inbox = new QueryInbox(state, answers, new InternalQueries(state, answers, this.#keys));
    this.conflicts = new NameConflicts(state, this.queries, this.inbox);
    this.#ignoreBefore(state.config.recovered);
  }

  /** Handles a request of the application, or its reply to an effect. */
  handle(input: MessagingInput): void {
    switch (input.type) {
      case 'user-event':
        this.events.send(input.event);
        break;
      case 'send-query':
        this.#sendQuery(input.queryId, input.request);
        break;
      case 'end-query':
        this.#endQuery(input.queryId);
        break;
      case 'respond':
        this.inbox.respond(input.queryId, input.payload);
        break;
      case 'keys-changed':
        this.#keys.confirmChange(input.keyChangeId, input.problem);
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

  onDeadline(): void {
    this.events.onDeadline();
    this.queries.onDeadline();
  }

  /** Ignores the events and queries that an earlier instance received, according to its snapshot. */
  #ignoreBefore(recovered: RecoveredTimes | undefined): void {
    if (recovered === undefined) return;
    this.events.ignoreBefore(recovered.eventTime + 1);
    this.inbox.ignoreBefore(recovered.queryTime + 1);
  }

  #sendQuery(queryId: QueryId, request: QueryRequest): void {
    const key = this.inbox.sendQuery(this.queries, request, {
      answered: (from, answer) => this.#state.emit({ type: 'query-answer', queryId, from, ...answer }),
      over: () => {
        this.#keyByQueryId.delete(queryId);
        this.#state.emit({ type: 'query-over', queryId });
      },
    });
    this.#keyByQueryId.set(queryId, key);
  }

  #endQuery(queryId: QueryId): void {
    const key = this.#keyByQueryId.get(queryId);
    if (key === undefined) return;
    this.#keyByQueryId.delete(queryId);
    this.queries.end(key);
  }
}
