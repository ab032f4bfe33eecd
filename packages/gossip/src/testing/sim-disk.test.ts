import { expect, test } from 'vitest';
import { SimDisks } from './sim-disk.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (content: Uint8Array | undefined): string | undefined =>
  content && new TextDecoder().decode(content);

test('a file is there for the next instance of its member, and for no other member', async () => {
  const disks = new SimDisks();
  const file = disks.file('m1', 'pool.snapshot');
  expect(await file.read()).toBeUndefined();
  await file.append(bytes('one '));
  await file.append(bytes('two'));
  await file.close();
  expect(textOf(await disks.file('m1', 'pool.snapshot').read())).toBe('one two');
  expect(await disks.file('m2', 'pool.snapshot').read()).toBeUndefined();
  expect(await disks.file('m1', 'other').read()).toBeUndefined();
});

test('a replacement is the whole content, whatever the caller does to its buffer afterwards', async () => {
  const file = new SimDisks().file('m1', 'pool.snapshot');
  await file.append(bytes('old'));
  const fresh = bytes('new');
  await file.replace(fresh);
  fresh.fill(0);
  expect(textOf(await file.read())).toBe('new');
});
