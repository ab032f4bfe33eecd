import fc from 'fast-check';
import { expect, test } from 'vitest';
import { topics } from '../store/topics.ts';
import { KeyTree } from './key-tree.ts';
import { concerns, concernsAny, TopicMap } from './topic-map.ts';

function found(map: TopicMap<string>, ...changed: readonly string[]): string[] {
  const followers = new Set<string>();
  map.visit(changed, (follower) => followers.add(follower));
  return [...followers].sort();
}

test('a key concerns who follows it or a beginning of it, and nobody else', () => {
  const map = new TopicMap<string>();
  map.follow(topics.key('a/b'), 'key');
  map.follow(topics.keysUnder(''), 'all');
  map.follow(topics.keysUnder('a/'), 'prefix');
  map.follow(topics.keysUnder('a/b/'), 'below');
  map.follow(topics.keysUnder('b/'), 'beside');
  expect(found(map, topics.key('a/b'))).toEqual(['all', 'key', 'prefix']);
  map.unfollow(topics.keysUnder(''), 'all');
  expect(found(map, topics.key('c'))).toEqual([]);
});

test('who follows is found for a key and for a tree as by comparing each', () => {
  const keys = fc.string({ unit: fc.constantFrom('a', '/', 'ü', '\udcff'), maxLength: 4 });
  const followed = fc.array(fc.record({ isPrefix: fc.boolean(), text: keys, isDropped: fc.boolean() }));
  fc.assert(
    fc.property(followed, keys, fc.boolean(), (list, changed, isTree) => {
      const map = new TopicMap<string>();
      const topicOf = (isPrefix: boolean, text: string) => (isPrefix ? topics.keysUnder : topics.key)(text);
      for (const { isPrefix, text } of list) map.follow(topicOf(isPrefix, text), `${isPrefix}${text}`);
      const dropped = new Set(
        list.filter(({ isDropped }) => isDropped).map(({ isPrefix, text }) => `${isPrefix}${text}`),
      );
      for (const { isPrefix, text } of list) {
        if (dropped.has(`${isPrefix}${text}`)) map.unfollow(topicOf(isPrefix, text), `${isPrefix}${text}`);
      }
      const concerned = ({ isPrefix, text }: { isPrefix: boolean; text: string }) =>
        (isPrefix ? changed.startsWith(text) : text === changed) || (isTree && text.startsWith(changed));
      const expected = new Set(
        list
          .filter(concerned)
          .map(({ isPrefix, text }) => `${isPrefix}${text}`)
          .filter((follower) => !dropped.has(follower)),
      );
      expect(found(map, isTree ? topics.keyTree(changed) : topics.key(changed))).toEqual(
        [...expected].sort(),
      );
    }),
  );
});

test('a change concerns a topic exactly when the map finds who follows it', () => {
  const keys = fc.string({ unit: fc.constantFrom('a', '/', 'ü'), maxLength: 4 });
  const followedTopic = fc.oneof(keys.map(topics.key), keys.map(topics.keysUnder), fc.constant(topics.kvs));
  const changedTopic = fc.oneof(keys.map(topics.key), keys.map(topics.keyTree), fc.constant(topics.kvs));
  fc.assert(
    fc.property(followedTopic, changedTopic, (followed, changed) => {
      const map = new TopicMap<string>();
      map.follow(followed, 'follower');
      const isFound = found(map, changed).length > 0;
      expect(concerns(changed, followed)).toBe(isFound);
      expect(concernsAny(new Set([changed, 'other']), ['another', followed])).toBe(isFound);
    }),
  );
});

test('who follows is found for many topics at once as for each alone', () => {
  const keys = fc.string({ unit: fc.constantFrom('a', '/', 'ü'), maxLength: 5 });
  const followedTopic = fc.oneof(keys.map(topics.key), keys.map(topics.keysUnder), fc.constant(topics.kvs));
  const changedTopic = fc.oneof(keys.map(topics.key), keys.map(topics.keyTree), fc.constant(topics.kvs));
  fc.assert(
    fc.property(
      fc.array(fc.record({ topic: followedTopic, isDropped: fc.boolean() })),
      fc.array(changedTopic),
      (list, changed) => {
        const map = new TopicMap<string>();
        for (const { topic } of list) map.follow(topic, topic);
        const dropped = new Set(list.filter(({ isDropped }) => isDropped).map(({ topic }) => topic));
        for (const topic of dropped) map.unfollow(topic, topic);
        const expected = list
          .map(({ topic }) => topic)
          .filter((topic) => !dropped.has(topic) && changed.some((one) => concerns(one, topic)));
        expect(found(map, ...changed)).toEqual([...new Set(expected)].sort());
      },
    ),
  );
});

test('keys in order come to each follower of a prefix once, and not to those beside', () => {
  const map = new TopicMap<string>();
  const key = (at: number) => `locks/${String(at).padStart(5, '0')}`;
  for (let length = 0; length <= 8; length += 1)
    map.follow(topics.keysUnder(key(0).slice(0, length)), `${length}`);
  map.follow(topics.key(key(7)), 'key');
  map.follow(topics.key('locks/beside'), 'beside');
  const changed = Array.from({ length: 900 }, (_, at) => topics.key(key(at)));
  const visited: string[] = [];
  map.visit(changed, (follower) => visited.push(follower));
  expect(visited.sort()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', 'key']);
});

test('trees within another one are not looked at again', () => {
  const map = new TopicMap<string>();
  map.follow(topics.key('a/b/c'), 'key');
  const visited: string[] = [];
  map.visit(['a/b/', 'a/', 'a/b/c'].map(topics.keyTree), (follower) => visited.push(follower));
  expect(visited).toEqual(['key']);
});

test('followers who are gone leave nothing behind', () => {
  const keys = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 6 });
  fc.assert(
    fc.property(fc.uniqueArray(keys), (texts) => {
      const tree = new KeyTree<string>();
      for (const text of texts) tree.follow(text, 'key', text);
      for (const text of texts.slice(1)) tree.unfollow(text, 'key', text);
      expect(tree.placesCount).toBe(texts.slice(0, 1).filter((text) => text !== '').length);
    }),
  );
});
