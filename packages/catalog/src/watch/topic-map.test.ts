import fc from 'fast-check';
import { expect, test } from 'vitest';
import { topics } from '../store/topics.ts';
import { concerns, concernsAny, TopicMap } from './topic-map.ts';

function found(map: TopicMap<string>, topic: string): string[] {
  const followers: string[] = [];
  map.visit(topic, (follower) => followers.push(follower));
  return followers.sort();
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
