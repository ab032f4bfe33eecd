import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogFile } from './log-file.ts';

const defaults = { rotateBytes: 0, rotateDurationMs: 86_400_000, rotateFilesMax: 0 };
let folder = '';
let nowNs = 1_000n;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hobnob-log-'));
  nowNs = 1_000n;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(name: string, options: Partial<typeof defaults> = {}): LogFile {
  return new LogFile({ ...defaults, ...options, path: `${folder}/${name}` }, () => nowNs);
}

/** Writes a line a second later; resolves why it was lost. */
function write(file: LogFile, text: string): string | undefined {
  nowNs += 1_000_000_000n;
  let lost: string | undefined;
  file.write(text, (fault) => {
    lost = fault?.message;
  });
  return lost;
}

function contents(): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

describe('a log file', () => {
  test.each([
    ['agent.log', 'agent-1000.log'],
    ['agent', 'agent-1000.log'],
    ['a.b.txt', 'a.b-1000.txt'],
    ['', 'consul-1000.log'],
  ])('%j has the time of its opening in its name, as with Consul: %s', (given, name) => {
    const file = open(given);
    expect(write(file, 'one\n')).toBeUndefined();
    expect(contents()).toEqual({ [name]: 'one\n' });
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o640);
  });

  test('is followed by a new one when it has its size, or its age', () => {
    const bySize = open('s.log', { rotateBytes: 8 });
    for (const text of ['four\n', 'five\n', 'six\n']) write(bySize, text);
    expect(contents()).toEqual({ 's-1000.log': 'four\nfive\n', 's-3000001000.log': 'six\n' });
    const byAge = open('t.log', { rotateDurationMs: 2_000 });
    for (const text of ['a\n', 'b\n', 'c\n']) write(byAge, text);
    expect(Object.values(contents()).slice(2)).toEqual(['a\n', 'b\nc\n']);
  });

  test.each([
    [0, 6],
    [2, 3],
    [-1, 1],
  ])('with a limit of %i keeps %i files after five rotations, and touches no other file', (limit, kept) => {
    writeFileSync(join(folder, 'k-old.log'), 'not ours\n');
    const file = open('k.log', { rotateBytes: 1, rotateFilesMax: limit });
    for (const text of ['1\n', '2\n', '3\n', '4\n', '5\n', '6\n']) write(file, text);
    const { 'k-old.log': other, ...ours } = contents();
    expect(other).toBe('not ours\n');
    expect(Object.keys(ours)).toHaveLength(kept);
    expect(Object.values(ours).at(-1)).toBe('6\n');
  });

  test('two files within one tick of the clock are two', () => {
    const file = open('x.log', { rotateBytes: 1 });
    for (const text of ['1\n', '2\n', '3\n']) file.write(text, () => undefined);
    expect(Object.keys(contents())).toEqual(['x-1000.log', 'x-1001.log', 'x-1002.log']);
  });

  test('whose folder is missing cannot be opened, which names the file', () => {
    expect(() => open('missing/x.log')).toThrow(
      expect.objectContaining({ code: 'ENOENT', path: join(folder, 'missing', 'x-1000.log') }),
    );
  });

  test('whose folder goes away loses lines and says why, and goes on when it is back', () => {
    mkdirSync(join(folder, 'sub'));
    const file = open('sub/x.log', { rotateBytes: 1 });
    expect(write(file, '1\n')).toBeUndefined();
    rmSync(join(folder, 'sub'), { recursive: true });
    expect(write(file, '2\n')).toMatch(/ENOENT/);
    expect(write(file, '3\n')).toMatch(/ENOENT/);
    mkdirSync(join(folder, 'sub'));
    expect(write(file, '4\n')).toBeUndefined();
    expect(readdirSync(join(folder, 'sub'))).toHaveLength(1);
  });
});
