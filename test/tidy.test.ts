import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesUnder, readSource, readText, resolveImport, root, type SourceFile } from './source-files.ts';

/** House rules that a machine can check, beside those in biome.json. A rule changes with an ADR. */

const packageNames = ['gossip', 'catalog', 'agent', 'cli'] as const;

const sources = filesUnder('packages')
  .filter((path) => /^packages\/\w+\/src\/.*\.ts$/.test(path))
  .map(readSource);
const shipped = sources.filter((source) => !source.path.endsWith('.test.ts'));

function packageOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** Each import that `allowed` refuses, as `file imports specifier`. */
function offences(
  files: readonly SourceFile[],
  allowed: (specifier: string, target: string | undefined, source: SourceFile) => boolean,
): string[] {
  return files.flatMap((source) =>
    source.imports
      .filter((specifier) => !allowed(specifier, resolveImport(source.path, specifier), source))
      .map((specifier) => `${source.path} imports ${specifier}`),
  );
}

describe('arrows between packages', () => {
  const mayImport: Readonly<Record<string, RegExp>> = {
    gossip: /^$/,
    catalog: /^@hobnob\/gossip\/codec$/,
    agent: /^@hobnob\/(gossip|catalog)(\/|$)/,
    cli: /^@hobnob\/(agent|gossip)(\/|$)/,
  };

  test('a package imports only the packages below it', () => {
    const wrong = offences(sources, (specifier, _target, { path }) => {
      if (!specifier.startsWith('@hobnob/')) return true;
      if (mayImport[packageOf(path)]?.test(specifier)) return true;
      return (
        path.endsWith('.test.ts') && packageOf(path) === 'catalog' && specifier === '@hobnob/gossip/testing'
      );
    });
    expect(wrong).toEqual([]);
  });

  test('no relative import leaves its package, and every one names an existing .ts file', () => {
    const wrong = offences(sources, (_specifier, target, { path }) => {
      if (target === undefined) return true;
      const inside = target.startsWith(`packages/${packageOf(path)}/`);
      return inside && target.endsWith('.ts') && existsSync(join(root, target));
    });
    expect(wrong).toEqual([]);
  });

  test('what a package imports stands in its package.json', () => {
    const wrong = offences(shipped, (specifier, target, { path }) => {
      if (target !== undefined || specifier.startsWith('node:')) return true;
      const manifest = JSON.parse(readText(`packages/${packageOf(path)}/package.json`));
      const { dependencies = {}, optionalDependencies = {} } = manifest;
      const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1);
      return name.join('/') in { ...dependencies, ...optionalDependencies };
    });
    expect(wrong).toEqual([]);
  });

  test('the HTTP client works without the server: nothing it reaches imports fastify or pino', () => {
    const byPath = new Map(shipped.map((source) => [source.path, source]));
    const entry = 'packages/agent/src/client/client.ts';
    const reached = new Set([entry]);
    for (const path of reached) {
      for (const specifier of byPath.get(path)?.imports ?? []) {
        const target = resolveImport(path, specifier);
        if (target !== undefined) reached.add(target);
      }
    }
    expect(byPath.has(entry)).toBe(true);
    const files = [...reached].flatMap((path) => byPath.get(path) ?? []);
    expect(offences(files, (specifier) => !/^(@?fastify|pino)/.test(specifier))).toEqual([]);
  });
});

describe('arrows inside gossip', () => {
  const inFolder = (...folders: readonly string[]) =>
    shipped.filter(({ path }) => folders.some((folder) => path.startsWith(`packages/gossip/src/${folder}/`)));
  const pure = [
    ...inFolder('collections', 'codec', 'wire', 'swim', 'serf'),
    ...shipped.filter(({ path }) => path === 'packages/gossip/src/core.ts'),
  ];
  const pointsInto = (target: string | undefined, ...folders: readonly string[]) =>
    folders.some((folder) => target?.startsWith(`packages/gossip/src/${folder}/`) ?? false);
  /** Computation that Node already has, without any I/O. */
  const nodeModulesAllowed: Readonly<Record<string, readonly string[]>> = {
    'packages/gossip/src/codec/text.ts': ['node:buffer'],
    'packages/gossip/src/wire/encryption.ts': ['node:crypto'],
    'packages/gossip/src/wire/crc32.ts': ['node:zlib'],
  };

  test('the pure folders import neither io/ nor runtime/ nor testing/ nor a node module', () => {
    expect(pure.length).toBeGreaterThan(10);
    const wrong = offences([...pure, ...inFolder('payload')], (specifier, target, { path }) => {
      if (specifier.startsWith('node:')) return nodeModulesAllowed[path]?.includes(specifier) ?? false;
      return !pointsInto(target, 'runtime', 'io', 'pool', 'testing');
    });
    expect(wrong).toEqual([]);
  });

  test('a lower folder does not know a higher one', () => {
    const above: Readonly<Record<string, readonly string[]>> = {
      collections: [
        'files',
        'checks',
        'codec',
        'payload',
        'swim',
        'serf',
        'runtime',
        'io',
        'pool',
        'testing',
      ],
      files: ['checks', 'codec', 'payload', 'wire', 'swim', 'serf', 'runtime', 'io', 'pool', 'testing'],
      checks: ['files', 'codec', 'payload', 'wire', 'swim', 'serf', 'runtime', 'io', 'pool', 'testing'],
      codec: ['files', 'checks', 'payload', 'wire', 'swim', 'serf', 'runtime', 'io', 'pool', 'testing'],
      payload: ['files', 'checks', 'wire', 'swim', 'serf', 'runtime', 'io', 'pool', 'testing'],
      wire: ['files', 'checks', 'payload', 'swim', 'serf', 'runtime', 'io', 'pool', 'testing'],
      swim: ['files', 'checks', 'payload', 'serf', 'runtime', 'io', 'pool', 'testing'],
      serf: ['files', 'checks', 'payload', 'runtime', 'io', 'pool', 'testing'],
      runtime: ['files', 'checks', 'codec', 'payload', 'wire', 'swim', 'serf', 'io', 'pool', 'testing'],
      io: ['pool', 'testing'],
      pool: ['testing'],
    };
    const wrong = Object.entries(above).flatMap(([folder, higher]) =>
      offences(inFolder(folder), (_specifier, target) => !pointsInto(target, ...higher)),
    );
    expect(wrong).toEqual([]);
  });

  test('no pure file draws randomness or reads a clock', () => {
    const forbidden =
      /\bMath\s*\.\s*random\b|\bDate\b|\bperformance\b|\bset(Timeout|Interval|Immediate)\b|\bprocess\s*\.|\bconsole\b|\bfetch\s*\(|\bglobalThis\b/;
    const wrong = pure.flatMap(({ path, code }) =>
      code
        .split('\n')
        .flatMap((line, index) => (forbidden.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
    );
    expect(wrong).toEqual([]);
  });
});

describe('arrows inside catalog', () => {
  test('a lower folder does not know a higher one', () => {
    const above: Readonly<Record<string, readonly string[]>> = {
      go: ['records', 'filter', 'store', 'watch', 'snapshot', 'log', 'endpoints', 'leader', 'io', 'testing'],
      records: ['filter', 'store', 'watch', 'snapshot', 'log', 'endpoints', 'leader', 'io', 'testing'],
      filter: ['store', 'watch', 'snapshot', 'log', 'endpoints', 'leader', 'io', 'testing'],
      store: ['filter', 'watch', 'snapshot', 'log', 'endpoints', 'leader', 'io', 'testing'],
      watch: ['filter', 'snapshot', 'log', 'endpoints', 'leader', 'io', 'testing'],
      snapshot: ['filter', 'watch', 'log', 'endpoints', 'leader', 'io', 'testing'],
      log: ['filter', 'watch', 'snapshot', 'endpoints', 'leader', 'io', 'testing'],
      endpoints: ['snapshot', 'leader', 'io', 'testing'],
      leader: ['snapshot', 'endpoints', 'io', 'testing'],
      io: ['filter', 'watch', 'endpoints', 'leader', 'testing'],
    };
    const wrong = Object.entries(above).flatMap(([folder, higher]) =>
      offences(
        shipped.filter(({ path }) => path.startsWith(`packages/catalog/src/${folder}/`)),
        (_specifier, target) =>
          !higher.some((name) => target?.startsWith(`packages/catalog/src/${name}/`) ?? false),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

describe('every file', () => {
  const textFiles = filesUnder().filter((path) => /\.(ts|mjs|json|md|yaml|sh)$|^\.ci\//.test(path));
  const linesThatMatch = (pattern: RegExp, skip: (path: string) => boolean = () => false) =>
    textFiles
      .filter((path) => path !== 'test/tidy.test.ts' && path !== 'pnpm-lock.yaml' && !skip(path))
      .flatMap((path) =>
        readText(path)
          .split('\n')
          .flatMap((line, index) =>
            pattern.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 100)}`] : [],
          ),
      );

  test('holds no note to do something later', () => {
    expect(linesThatMatch(/\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
  });

  test('silences no checker', () => {
    expect(linesThatMatch(/@ts-(ignore|nocheck|expect-error)|biome-ignore|eslint-disable/, isProse)).toEqual(
      [],
    );
  });

  test('names no path of a particular machine', () => {
    expect(linesThatMatch(/(^|[\s"'`(=:])\/(home|root|Users|work|mnt)\/\w/)).toEqual([]);
  });

  test('has no focused or skipped test', () => {
    const tests = /\.(test|sim|interop|e2e)\.ts$/;
    expect(linesThatMatch(/\b(test|it|describe)\.(only|skip|todo)\b/, (path) => !tests.test(path))).toEqual(
      [],
    );
  });

  test('that holds tests also asserts', () => {
    const silent = textFiles.filter(
      (path) => /\.(test|sim|interop|e2e)\.ts$/.test(path) && !/\b(expect|assert)\w*\b/.test(readText(path)),
    );
    expect(silent).toEqual([]);
  });

  function isProse(path: string): boolean {
    return path.endsWith('.md');
  }
});

describe('error codes', () => {
  const codes = shipped
    .flatMap(({ literalUnions }) => [...literalUnions])
    .filter(([name]) => name.endsWith('ErrorCode'))
    .flatMap(([, members]) => members);
  const sections = readText('docs/errors.md').split(/^## /m).slice(1);
  const documented = sections.map((section) => section.split('\n')[0]?.trim());

  test('are unique across the packages', () => {
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  test('each have one section in docs/errors.md, and no section describes a code that is gone', () => {
    expect(documented.toSorted()).toEqual(codes.toSorted());
  });

  test('each say what they mean, whether state changed, and what to do', () => {
    const incomplete = sections.filter(
      (section) =>
        !/^\*\*Meaning:\*\* \S/m.test(section) ||
        !/^\*\*State:\*\* \S/m.test(section) ||
        !/^\*\*What to do:\*\* \S/m.test(section),
    );
    expect(incomplete.map((section) => section.split('\n')[0])).toEqual([]);
  });
});

describe.each(packageNames)('package %s', (name) => {
  const manifest = JSON.parse(readText(`packages/${name}/package.json`));

  test('declares what every package of this project declares', () => {
    expect(manifest).toMatchObject({
      name: `@hobnob/${name}`,
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: '^20.19 || >=22.12' },
      publishConfig: { access: 'public' },
    });
    expect(manifest.description).toMatch(/^[A-Z].{20,}\.$/);
    expect(manifest.files).toEqual(expect.arrayContaining(['dist', 'src', 'README.md', 'CHANGELOG.md']));
    expect(manifest.scripts).toEqual({ prepack: 'node ../../scripts/prepack.mjs' });
  });

  test('exports source, then types, then code, for every entry', () => {
    const { './package.json': itself, ...entries } = manifest.exports;
    expect(itself).toBe('./package.json');
    for (const [entry, conditions] of Object.entries<Record<string, string>>(entries)) {
      expect(Object.keys(conditions), entry).toEqual(['@hobnob/source', 'types', 'default']);
      const source = conditions['@hobnob/source'] ?? '';
      expect(existsSync(join(root, 'packages', name, source)), source).toBe(true);
      const built = source.replace('./src/', './dist/').replace(/\.ts$/, '');
      expect(conditions).toMatchObject({ types: `${built}.d.ts`, default: `${built}.js` });
    }
  });

  test('takes every dependency in the one version of the workspace', () => {
    const versions = Object.values<string>(manifest.dependencies ?? {});
    expect(versions.filter((version) => version !== 'catalog:' && version !== 'workspace:*')).toEqual([]);
  });

  test('has a README with an example', () => {
    expect(readText(`packages/${name}/README.md`)).toMatch(/```(ts|sh|console)\n/);
  });

  test('documents every name that it exports', () => {
    const byPath = new Map(shipped.map((source) => [source.path, source]));
    const entries = Object.values<Record<string, string>>(manifest.exports)
      .flatMap((conditions) => conditions['@hobnob/source'] ?? [])
      .map((source) => `packages/${name}/${source.slice(2)}`);
    const undocumented = entries.flatMap((entry) => undocumentedExports(entry, '*', byPath));
    expect([...new Set(undocumented)]).toEqual([]);
  });
});

/** Follows re-exports to declarations and returns those without a doc comment, as `file name`. */
function undocumentedExports(
  path: string,
  wanted: string,
  byPath: ReadonlyMap<string, SourceFile>,
): string[] {
  const source = byPath.get(path);
  if (source === undefined) return [`${path} does not exist`];
  return source.exports.flatMap(({ name, declarationStart, from, importedName }) => {
    if (wanted !== '*' && name !== '*' && name !== wanted) return [];
    if (declarationStart !== undefined) {
      return source.hasDocBefore(declarationStart) ? [] : [`${path} ${name}`];
    }
    const target = from === undefined ? undefined : resolveImport(path, from);
    if (target === undefined) return [];
    return undocumentedExports(target, name === '*' ? wanted : (importedName ?? name), byPath);
  });
}
