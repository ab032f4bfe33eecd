import type { Session } from '../../records/index.ts';
import { tableIndex } from '../indexes.ts';
import { idKey, joinKey } from '../keys.ts';
import type { Tables } from '../tables.ts';
import { topics } from '../topics.ts';
import type { Answer } from './answer.ts';

/** Questions about sessions. All report the index of the table. */

/** One session; undefined when there is none. */
export function getSession(tables: Tables, id: string): Answer<Session | undefined> {
  const value = tables.sessions.get(idKey(id));
  return {
    index: tableIndex(tables, 'sessions'),
    value,
    topics: [topics.session(id)],
    indexTopics: [topics.sessions],
  };
}

/** All sessions, by id. */
export function listSessions(tables: Tables): Answer<readonly Session[]> {
  const value = tables.sessions.list('');
  return { index: tableIndex(tables, 'sessions'), value, topics: [topics.sessions], indexTopics: [] };
}

/** The sessions of one node, by id. */
export function nodeSessions(tables: Tables, node: string): Answer<readonly Session[]> {
  return {
    index: tableIndex(tables, 'sessions'),
    value: tables.sessionsByNode.list(joinKey(node)),
    topics: [topics.nodeSessions(node)],
    indexTopics: [topics.sessions],
  };
}
