import { expect, test } from 'vitest';
import { AgentError } from '../errors.ts';
import type { AgentOptions } from '../options.ts';
import { parseConfigFiles } from './parse-files.ts';
import { resolveAgentOptions } from './resolve.ts';

const host = { hostname: 'h', privateIpv4: [], publicIpv6: [] };
const nodes = { type: 'nodes', args: ['x'] };

function resolve(watches: unknown, more: AgentOptions = {}) {
  const given = parseConfigFiles([{ path: 'a.json', text: JSON.stringify({ watches }) }]);
  return resolveAgentOptions({ dev: true, ...given, ...more }, host);
}

function problemsOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof AgentError ? error.problems : error;
  }
}

test('the watches of all files are followed, in their order', () => {
  const files = ['a', 'b'].map((name) => ({
    path: `${name}.json`,
    text: JSON.stringify({ watches: [{ type: 'key', key: name, args: ['x'] }] }),
  }));
  const { watches } = resolveAgentOptions({ dev: true, ...parseConfigFiles(files) }, host);
  expect(watches.map(({ parameters }) => parameters)).toEqual([{ key: 'a' }, { key: 'b' }]);
});

test('every wrong watch is named by its place', () => {
  const wrong = [{ type: 'key', args: ['x'], token: 'secret' }, nodes, { type: 'nodes' }];
  expect(problemsOf(() => resolve(wrong))).toEqual([
    'watches[0]: Must specify a single key to watch',
    'watches[2]: Must define a watch handler',
  ]);
});

test.each([
  [{ type: 'nodes' }, /^a\.json: 'watches': source data must be an array or slice, got map/],
  [['x'], /^a\.json: 'watches\[0\]' expected a map, got 'string'/],
  [1, /^a\.json: 'watches': source data must be an array or slice, got float64/],
])('%j is no list of watches', (watches, sentence) => {
  expect(problemsOf(() => resolve(watches))).toEqual([expect.stringMatching(sentence)]);
});

test('watches need the HTTP API, and no watches need none', () => {
  const ports = { http: -1 };
  expect(problemsOf(() => resolve([nodes], { ports }))).toEqual([
    'watch plans require an HTTP or HTTPS endpoint',
  ]);
  expect(resolve([], { ports }).watches).toEqual([]);
  expect(resolve(null, { ports }).watches).toEqual([]);
});

test('the older key of a program is warned about', () => {
  const warning = 'the key "handler" of watches is deprecated: use "args"';
  expect(resolve([nodes]).warnings).toEqual([]);
  expect(resolve([{ type: 'nodes', handler: 'x' }]).warnings).toEqual([warning]);
});

test('a caller keeps what is its own: nothing of it is frozen, and no token shown', () => {
  const tag = ['a', 'b'];
  const watch = { type: 'service', service: 's', tag, args: ['x', 'y'] };
  const { watches } = resolveAgentOptions({ dev: true, watches: [watch] }, host);
  tag.push('c');
  expect(watches[0]?.parameters).toEqual({ service: 's', tag: ['a', 'b'] });
  const wrong = { watches: { token: 'secret' } } as unknown as AgentOptions;
  const problems = problemsOf(() => resolveAgentOptions({ dev: true, ...wrong }, host));
  expect(problems).toEqual([expect.stringMatching(/^watches is .*; allowed: a list of objects/)]);
  expect(JSON.stringify(problems)).not.toContain('secret');
});
