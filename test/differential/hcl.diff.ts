import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfigFiles, readConfigFiles, readHostFacts, resolveAgentOptions } from '@hobnob/agent';
import { HclError, parseHcl } from '@hobnob/catalog/hcl';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { peerProgramPath } from '../interop/peer-process.ts';
import { hclDecoder } from './hcl-decoder-program.ts';

/** HCL means what it means to hcl v1.0.0, and a configuration in it is valid when it is for Consul 1.8.7. */

const folder = mkdtempSync(join(tmpdir(), 'hobnob-hcl-'));
afterAll(() => rmSync(folder, { recursive: true }));

function textsOf(vectors: string, list: 'texts' | 'files'): readonly string[] {
  const url = new URL(`../../packages/${vectors}`, import.meta.url);
  const read = JSON.parse(readFileSync(url, 'utf8')) as Record<string, readonly { readonly text: string }[]>;
  return (read[list] ?? []).map(({ text }) => text);
}

const configTexts = textsOf('agent/test/vectors/hcl-config.json', 'files');
const hclTexts = textsOf('catalog/test/vectors/hcl.json', 'texts');

describe.runIf(hclDecoder !== undefined)('values', () => {
  test('of the texts that are kept', () => {
    expect(hclTexts.length).toBeGreaterThan(350);
    expect(differences([...hclTexts, ...configTexts])).toEqual([]);
  });

  test('of random texts', () => {
    fc.assert(
      fc.property(fc.array(randomText, { minLength: 200, maxLength: 200 }), (texts) => {
        expect(differences(texts)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});

/** The texts that mean something else to the two. */
function differences(texts: readonly string[]): readonly unknown[] {
  const input = texts.map((text) => JSON.stringify(text)).join('\n');
  const answers = execFileSync(hclDecoder ?? '', { input, maxBuffer: 2 ** 28 })
    .toString()
    .trim()
    .split('\n');
  expect(answers.length).toBe(texts.length);
  return texts
    .map((text, i) => {
      const { value } = JSON.parse(answers[i] ?? '') as { readonly value?: unknown };
      return { text, theirs: sorted(value), ours: sorted(valuesOf(text)) };
    })
    .filter(({ theirs, ours }) => JSON.stringify(theirs) !== JSON.stringify(ours));
}

function valuesOf(text: string): unknown {
  try {
    return parseHcl(text);
  } catch (error) {
    if (error instanceof HclError) return undefined;
    throw error;
  }
}

/** With the keys of maps in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** Without what hcl notices only where it uses it: in JSON it drops some keys and values. */
const single = fc.constantFrom(
  ...['"x"', '""', '"\\n\\u00e9"', '"\\x41\\101"', '"$\u007ba "b"}"', '"\\q"', 'true', 'false'],
  ...['1', '-1', '0x1F', '017', '08', '1.5', '.5', '1e3', '9223372036854775808', 'x', 'null'],
  ...['<<E\nx\nE\n', '<<-E\n  x\n  E\n', '<<-E\n  x\n y\n  E\n', '<<E\nx'],
);
const key = fc.constantFrom('a', 'b', 'A', '"a"', 'c-d', 'é', '_', 'true', '1', '<<E\na\nE\n');
const separator = fc.constantFrom('\n', '\n', ', ', ' ', ',,', ' # c\n', '/* c */', '\r\n');
const { body } = fc.letrec<{ value: string; entry: string; body: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    single,
    tie('body').map((inner) => `{${inner}}`),
    fc.tuple(fc.array(tie('value'), { maxLength: 3 }), separator).map(([list, by]) => `[${list.join(by)}]`),
  ),
  entry: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(key, tie('value')).map(([name, value]) => `${name} = ${value}`),
    fc
      .tuple(key, fc.array(fc.constantFrom('"x"', 'y'), { maxLength: 2 }), tie('body'))
      .map(([name, labels, inner]) => `${name} ${labels.join(' ')} {${inner}}`),
    fc.tuple(key, tie('value')).map(([name, value]) => `"${name}": ${value}`),
  ),
  body: fc
    .tuple(fc.array(tie('entry'), { maxLength: 3 }), separator)
    .map(([entries, by]) => entries.join(by)),
}));
/** A body, a body between the braces of JSON, or one with a part cut out. */
const randomText = fc.oneof(
  body,
  body.map((text) => `{${text}}`),
  fc
    .tuple(body, fc.nat(40), fc.nat(8))
    .map(([text, at, count]) => text.slice(0, at) + text.slice(at + count)),
);

test('a configuration is valid, or is not, as for consul validate', async () => {
  const base = join(folder, 'base.json');
  writeFileSync(base, JSON.stringify({ data_dir: join(folder, 'data'), bind_addr: '127.0.0.1' }));
  const paths = configTexts.map((text, i) => {
    const path = join(folder, `${i}.hcl`);
    writeFileSync(path, text);
    return path;
  });
  const differing: unknown[] = [];
  const queue = [...paths.entries()];
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const [i, path] = next;
        const theirs = await consulValidates([base, path]);
        const ours = await validate([base, path]);
        if (theirs.isValid !== ours.isValid) differing.push({ text: configTexts[i], theirs, ours });
      }
    }),
  );
  expect(paths.length).toBeGreaterThan(350);
  expect(differing).toEqual([]);
});

interface Verdict {
  readonly isValid: boolean;
  readonly output: string;
}

function consulValidates(paths: readonly string[]): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(peerProgramPath('consul'), ['validate', ...paths], (error, stdout, stderr) => {
      resolve({ isValid: error === null, output: stdout + stderr });
    });
  });
}

async function validate(paths: readonly string[]): Promise<Verdict> {
  try {
    const { files } = await readConfigFiles(paths);
    resolveAgentOptions(parseConfigFiles(files), readHostFacts());
    return { isValid: true, output: '' };
  } catch (error) {
    if (error instanceof Error && error.name === 'AgentError')
      return { isValid: false, output: error.message };
    throw error;
  }
}
