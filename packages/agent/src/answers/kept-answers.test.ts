import type { CommitListener } from '@hobnob/catalog';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AnswerContent, KeptAnswer } from './kept-answer.ts';
import { KeptAnswers, type KeptLimits } from './kept-answers.ts';

/** A state of numbered topics; a commit counts some of them up. */
class Counters {
  readonly values = new Map<string, number>();
  commits = 0;
  #listener: CommitListener = () => undefined;

  readonly onCommit = (listener: CommitListener): (() => void) => {
    this.#listener = listener;
    return () => {
      this.#listener = () => undefined;
    };
  };

  commit(...topics: readonly string[]): void {
    for (const topic of topics) this.values.set(topic, (this.values.get(topic) ?? 0) + 1);
    this.commits += 1;
    this.#listener(new Set(topics), this.commits);
  }

  replace(): void {
    this.values.clear();
    this.commits += 1;
    this.#listener(undefined, this.commits);
  }

  text(topics: readonly string[]): string {
    return topics.map((topic) => `${topic}=${this.values.get(topic) ?? 0}`).join(' ');
  }
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function deferred(): Deferred {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const contentOf = (text: string): AnswerContent => ({ index: 1, headers: [], body: Buffer.from(text) });
const textOf = (answer: KeptAnswer | undefined): string | undefined => answer?.plain.body.toString();

function setUp(limits: KeptLimits = {}, nextTurn?: () => Promise<void>) {
  const state = new Counters();
  const kept = new KeptAnswers({
    onCommit: state.onCommit,
    ...(nextTurn !== undefined && { nextTurn }),
    ...limits,
  });
  /** Asks now, and writes the answer after `written`. */
  const share = (key: string, topics: readonly string[], written: Promise<void> = Promise.resolve()) => {
    const text = state.text(topics);
    const source = { topics, asOf: state.commits, wakesWhenOutdated: true };
    return kept.share(key, source, async () => {
      await written;
      return contentOf(text);
    });
  };
  return { state, kept, share };
}

test('an answer is found until a commit changes one of its topics', async () => {
  const { state, kept, share } = setUp();
  await share('web', ['service:web', 'nodes']);
  state.commit('service:api');
  expect(textOf(kept.find('web'))).toBe('service:web=0 nodes=0');
  state.commit('nodes');
  expect(kept.find('web')).toBeUndefined();
  expect(kept.stats).toMatchObject({ answers: 0, bytes: 0, made: 1, found: 1, outdated: 1 });
});

test('an answer that a commit overtakes while it is written is sent and not kept', async () => {
  const { state, kept, share } = setUp();
  const written = deferred();
  const first = share('web', ['a'], written.promise);
  const joined = share('web', ['a']);
  state.commit('a');
  const second = share('web', ['a']);
  written.resolve();
  expect(await Promise.all([first, joined, second].map(async (one) => textOf(await one)))).toEqual([
    'a=0',
    'a=0',
    'a=1',
  ]);
  expect(textOf(kept.find('web'))).toBe('a=1');
});

test('one who asked before a commit and writes after it keeps nothing', async () => {
  const { state, kept } = setUp();
  const source = { topics: ['a'], asOf: state.commits, wakesWhenOutdated: true };
  state.commit('a');
  await kept.share('web', source, async () => contentOf('old'));
  expect(kept.find('web')).toBeUndefined();
});

test('an answer that cannot be made is no answer for anybody, and may be asked for again', async () => {
  const { kept, share } = setUp();
  const source = { topics: ['a'], asOf: 0, wakesWhenOutdated: true };
  const failing = () => Promise.reject(new Error('broken'));
  await expect(kept.share('web', source, failing)).rejects.toThrow('broken');
  expect(textOf(await share('web', ['a']))).toBe('a=0');
});

test('those who wait are told when their answer is outdated, given up or all is closed', async () => {
  const { state, kept, share } = setUp({ answersMax: 2 });
  const told: string[] = [];
  for (const key of ['a', 'b', 'c']) {
    (await share(key, [key]))?.waiting.add(() => told.push(key));
  }
  expect(told).toEqual(['a']);
  state.commit('c');
  kept.close();
  expect(told).toEqual(['a', 'c', 'b']);
  expect(kept.stats).toMatchObject({ answers: 0, bytes: 0 });
  await share('e', ['e']);
  expect(kept.find('e')).toBeUndefined();
});

test('bounds of number and bytes hold, those that are asked for stay longer', async () => {
  const { kept, share } = setUp({ answersMax: 50 });
  await share('hot', ['hot']);
  for (let i = 0; i < 500; i += 1) {
    await share(`cold ${i}`, ['cold']);
    expect(textOf(kept.find('hot'))).toBe('hot=0');
    expect(kept.stats.answers).toBeLessThanOrEqual(50);
  }
  const small = setUp({ bytesMax: 100_000 });
  for (let i = 0; i < 100; i += 1) {
    const answer = await small.share(`a ${'x'.repeat(500)} ${i}`, ['a']);
    await answer?.gzip();
    expect(small.kept.stats.bytes).toBeLessThanOrEqual(100_000);
  }
  expect(small.kept.stats.evicted).toBeGreaterThan(50);
  small.state.replace();
  expect(small.kept.stats).toMatchObject({ answers: 0, bytes: 0 });
});

test('the gzip form is made once, and is the same answer', async () => {
  const { kept, share } = setUp();
  const answer = await share('web', ['a']);
  const forms = await Promise.all([answer?.gzip(), answer?.gzip()]);
  expect(forms[0]).toBe(forms[1]);
  expect(forms[0]?.headers.slice(0, 2)).toEqual(['Content-Encoding', 'gzip']);
  expect(kept.stats.bytes).toBe(answer?.bytes);
});

test('an answer of this turn is kept until a commit, unless one is kept, made, outdated or all is closed', async () => {
  const { state, kept, share } = setUp();
  const keep = (text: string, asOf = state.commits): void =>
    kept.keep('web', { topics: ['a'], asOf, wakesWhenOutdated: true }, contentOf(text));
  keep('first');
  keep('second');
  expect(textOf(kept.find('web'))).toBe('first');
  state.commit('a');
  expect(kept.stats).toMatchObject({ answers: 0, bytes: 0, outdated: 1 });
  keep('of before', 0);
  expect(kept.find('web')).toBeUndefined();
  const written = deferred();
  const made = share('web', ['a'], written.promise);
  keep('beside one that is made');
  expect(kept.find('web')).toBeUndefined();
  written.resolve();
  await made;
  expect(textOf(kept.find('web'))).toBe('a=1');
  kept.close();
  keep('late');
  expect(kept.stats).toMatchObject({ answers: 0, bytes: 0 });
});

test('no sequence of commits, questions and slow writers finds an answer that is not of now', async () => {
  const topics = ['a', 'b', 'c'] as const;
  const keys = [['a'], ['b'], ['a', 'b'], ['c'], ['a', 'c']] as const;
  const step = fc.oneof(
    fc.record({ kind: fc.constant('commit' as const), topics: fc.uniqueArray(fc.constantFrom(...topics)) }),
    fc.record({ kind: fc.constant('replace' as const) }),
    fc.record({ kind: fc.constant('ask' as const), key: fc.constantFrom(...keys), isSlow: fc.boolean() }),
    fc.record({ kind: fc.constant('keep' as const), key: fc.constantFrom(...keys) }),
    fc.record({ kind: fc.constant('write' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { state, kept, share } = setUp({ answersMax: 3 });
      const writers: Deferred[] = [];
      const asked: Promise<unknown>[] = [];
      for (const one of steps) {
        if (one.kind === 'commit') state.commit(...one.topics);
        else if (one.kind === 'replace') state.replace();
        else if (one.kind === 'write') writers.pop()?.resolve();
        else if (one.kind === 'keep') {
          const source = { topics: one.key, asOf: state.commits, wakesWhenOutdated: true };
          kept.keep(one.key.join(), source, contentOf(state.text(one.key)));
        } else {
          const writer = deferred();
          if (one.isSlow) writers.push(writer);
          else writer.resolve();
          asked.push(share(one.key.join(), one.key, writer.promise));
        }
        for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
        for (const key of keys) {
          const found = textOf(kept.find(key.join()));
          if (found !== undefined) expect(found).toBe(state.text(key));
        }
      }
      for (const writer of writers) writer.resolve();
      await Promise.all(asked);
    }),
  );
});

test('an answer that was being made while a commit changed very much is not kept', async () => {
  const { state, kept, share } = setUp();
  const many = Array.from({ length: 2000 }, (_, at) => `topic-${at}`);
  const text = state.text(['mine']);
  const source = { topics: ['mine'], asOf: state.commits, wakesWhenOutdated: true };
  state.commit(...many);
  const sent = await kept.share('late', source, async () => contentOf(text));
  expect(textOf(sent)).toBe(text);
  expect(kept.stats.answers).toBe(0);
  await share('mine', ['mine']);
  expect(kept.stats.answers).toBe(1);
});

/** Kept answers of which thousands are given up in turns that the test gives. */
function setUpInTurns() {
  const turns: (() => void)[] = [];
  const nextTurn = () => new Promise<void>((resolve) => turns.push(resolve));
  return { ...setUp({}, nextTurn), turns };
}

test('nobody finds an outdated answer, though thousands are given up in turns', async () => {
  const { state, kept, share, turns } = setUpInTurns();
  const count = 1000;
  for (let at = 0; at < count; at += 1) await share(`${at}`, ['all', `${at}`]);
  const told: string[] = [];
  kept.find('999')?.waiting.add(() => told.push('999'));
  state.commit('all');
  expect(turns).toHaveLength(1);
  expect(kept.stats.answers).toBe(count - 200);
  for (let at = 0; at < count; at += 1) expect(kept.find(`${at}`)).toBeUndefined();
  // One that is made again meanwhile is not given up.
  expect(textOf(await share('998', ['all', '998']))).toBe('all=1 998=0');
  while (turns.length > 0) {
    turns.shift()?.();
    await Promise.resolve();
  }
  expect(told).toEqual(['999']);
  expect(kept.stats).toMatchObject({ answers: 1, outdated: count });
  expect(textOf(kept.find('998'))).toBe('all=1 998=0');
  state.commit('998');
  expect(kept.find('998')).toBeUndefined();
});

test('those who wait for one answer are told in turns', async () => {
  const { state, kept, share, turns } = setUpInTurns();
  await share('web', ['web']);
  let told = 0;
  for (let at = 0; at < 500; at += 1) {
    kept.find('web')?.waiting.add(() => {
      told += 1;
    });
  }
  state.commit('web');
  expect(told).toBe(199);
  for (; turns.length > 0; await Promise.resolve()) turns.shift()?.();
  expect(told).toBe(500);
});

test('an answer that was being made when the state was replaced is not kept', async () => {
  const { state, kept, share } = setUp();
  const written = deferred();
  const sent = share('web', ['web'], written.promise);
  state.replace();
  written.resolve();
  expect(textOf(await sent)).toBe('web=0');
  expect(kept.find('web')).toBeUndefined();
  await share('web', ['web']);
  expect(kept.stats.answers).toBe(1);
});
