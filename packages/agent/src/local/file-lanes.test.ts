import { expect, test } from 'vitest';
import { FileLanes } from './file-lanes.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when the test says so. */
function workOf(log: string[]) {
  const ends = new Map<string, () => void>();
  const work = (name: string, fault?: Error) => (): Promise<void> => {
    log.push(name);
    return new Promise((resolve, reject) => ends.set(name, () => (fault ? reject(fault) : resolve())));
  };
  return { work, end: (name: string) => ends.get(name)?.() };
}

test('of work that waits for the same path only the last is done, and all callers wait for it', async () => {
  const log: string[] = [];
  const { work, end } = workOf(log);
  const lanes = new FileLanes();
  const done: string[] = [];
  for (const name of ['a', 'b', 'c']) void lanes.do('x', work(name)).then(() => done.push(name));
  void lanes.do('y', work('other')).then(() => done.push('other'));
  expect(log).toEqual(['a', 'other']);
  end('a');
  await settle();
  expect([log, done]).toEqual([['a', 'other', 'c'], ['a']]);
  const next = lanes.do('x', work('d'));
  end('c');
  await settle();
  expect(done).toEqual(['a', 'b', 'c']);
  expect(log).toEqual(['a', 'other', 'c', 'd']);
  end('d');
  await next;
});

test('work that fails fails for its callers alone', async () => {
  const { work, end } = workOf([]);
  const lanes = new FileLanes();
  const first = lanes.do('x', work('a', new Error('disk full')));
  const second = lanes.do('x', work('b'));
  end('a');
  await expect(first).rejects.toThrow('disk full');
  await settle();
  end('b');
  await second;
});
