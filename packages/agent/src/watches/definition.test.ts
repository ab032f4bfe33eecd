import { describe, expect, test } from 'vitest';
import { readWatch } from './definition.ts';

/** The sentences are those that the agent of Consul 1.8.7 gave for the same watches. */

const key = { type: 'key', key: 'a' };
const run = { args: ['x'] };
const http = { ...key, handler_type: 'http' };

test.each([
  [{}, 'Watch type must be specified'],
  [{ type: '' }, 'Watch type must be specified'],
  [{ Type: 'nodes', ...run }, 'Watch type must be specified'],
  [{ type: 1, ...run }, 'Expecting type to be a string'],
  [{ type: null, ...run }, 'Expecting type to be a string'],
  [{ type: 'foo', ...run }, 'Unsupported watch type: foo'],
  [{ type: 'constructor', ...run }, 'Unsupported watch type: constructor'],
  [{ type: 'connect_roots', ...run }, 'Watch type connect_roots is not allowed in agent config'],
  [{ type: 'connect_leaf', service: 'a', ...run }, 'Watch type connect_leaf is not allowed in agent config'],
  [{ ...key, datacenter: 1, ...run }, 'Expecting datacenter to be a string'],
  [{ ...key, token: null, ...run }, 'Expecting token to be a string'],
  [{ type: 'key', ...run }, 'Must specify a single key to watch'],
  [{ type: 'key', key: 1, ...run }, 'Expecting key to be a string'],
  [{ type: 'key', key: [{ a: 'a' }], ...run }, 'Expecting key to be a string'],
  [{ type: 'keyprefix', ...run }, 'Must specify a single prefix to watch'],
  [{ type: 'service', ...run }, 'Must specify a single service to watch'],
  [{ type: 'service', service: 'a', tag: 1, ...run }, 'Expecting tag to be a string or []string'],
  [{ type: 'service', service: 'a', tag: null, ...run }, 'Expecting tag to be a string or []string'],
  [{ type: 'service', service: 'a', tag: ['a', 1], ...run }, 'Index 1 of tag expected to be string'],
  [{ type: 'service', service: 'a', passingonly: 'true', ...run }, 'Expecting passingonly to be a boolean'],
  [{ type: 'checks', service: 'a', state: 'b', ...run }, 'Cannot specify service and state'],
  [{ type: 'agent_service', service_id: 1, ...run }, 'Expecting service_id to be a string'],
  [{ type: 'nodes', stale: 'x', ...run }, 'Expecting stale to be a boolean'],
  [{ type: 'nodes', prefix: 'x', ...run }, 'Invalid parameters: [prefix]'],
  [{ type: 'nodes', b: 1, a: null, ARGS: ['x'], ...run }, 'Invalid parameters: [ARGS a b]'],
  [{ type: 'event', stale: true, ...run }, 'Invalid parameters: [stale]'],
  [{ ...key, http_handler_config: { path: 'x' }, ...run }, 'Invalid parameters: [http_handler_config]'],
  [{ type: 'nodes' }, 'Must define a watch handler'],
  [{ type: 'nodes', handler: 'x', ...run }, 'Only one watch handler allowed'],
  [{ type: 'nodes', handler: 1 }, 'Watch handler must be a string'],
  [{ type: 'nodes', handler: null, ...run }, 'Watch handler must be a string'],
  [{ type: 'nodes', args: 1 }, 'Watch args must be a list of strings'],
  [{ type: 'nodes', args: null }, 'Watch args must be a list of strings'],
  [{ type: 'nodes', args: ['a', 1] }, 'Watch args must be a list of strings'],
  [{ type: 'nodes', handler_type: 'foo', ...run }, "Handler type 'foo' not recognized"],
  [{ type: 'nodes', handler_type: null, ...run }, "Handler type 'null' not recognized"],
  [http, "Handler type 'http' requires 'http_handler_config' to be set"],
  [{ ...http, http_handler_config: { path: 'x' }, ...run }, 'Only one watch handler allowed'],
  [{ ...http, http_handler_config: { path: 'x' }, handler: 'x' }, 'Only one watch handler allowed'],
])('%j is refused: %s', (given, sentence) => {
  expect(readWatch(given)).toBe(sentence);
});

test.each([
  ['x', "'' expected a map, got 'string'"],
  [{}, "Requires 'path' to be set"],
  [null, "Requires 'path' to be set"],
  [
    { path: 1, method: 2 },
    /'method' expected .*; 'path' expected type 'string', got unconvertible type 'float64'/,
  ],
  [{ path: 'x', timeout: 5 }, "'timeout' expected type 'string', got unconvertible type 'float64'"],
  [{ PATH: 'x', Timeout: 'z' }, 'Failed to parse timeout: time: invalid duration "z"'],
  [
    { path: 'x', tls_skip_verify: 'true' },
    "'tls_skip_verify' expected type 'bool', got unconvertible type 'string'",
  ],
  [{ path: 'x', header: [1, 2] }, "'header' expected a map, got 'slice'"],
  [{ path: 'x', header: { a: 'b' } }, "'header[a]': source data must be an array or slice, got string"],
  [
    { path: 'x', header: { a: [1] } },
    "'header[a][0]' expected type 'string', got unconvertible type 'float64'",
  ],
])('the http_handler_config %j is refused', (config, sentence) => {
  const read = readWatch({ ...http, http_handler_config: config });
  expect(read).toMatch(/^Failed to parse 'http_handler_config': /);
  expect(read).toMatch(sentence);
});

describe('a right watch', () => {
  test('has its parameters, datacenter, token and program', () => {
    const given = { type: 'service', service: 'a', tag: ['b', 'c'], datacenter: 'dc2', token: 't', ...run };
    expect(readWatch(given)).toEqual({
      type: 'service',
      datacenter: 'dc2',
      token: 't',
      parameters: { service: 'a', tag: ['b', 'c'] },
      handler: { kind: 'args', args: ['x'] },
    });
  });

  test('shares nothing with its source', () => {
    const given = { type: 'service', service: 'a', tag: ['b', 'c'], args: ['x', 'y'] };
    const read = readWatch(given);
    given.tag.push('d');
    given.args.push('z');
    expect(read).toMatchObject({ parameters: { tag: ['b', 'c'] }, handler: { args: ['x', 'y'] } });
  });

  test.each([
    [{ args: 'x y' }, { kind: 'args', args: ['x y'] }],
    [{ args: [] }, { kind: 'args', args: [] }],
    [{ handler: 'x | y' }, { kind: 'script', script: 'x | y' }],
    [
      { handler_type: 'script', args: ['x', 'y'] },
      { kind: 'args', args: ['x', 'y'] },
    ],
    [{ handler: ['x'] }, { kind: 'script', script: 'x' }],
  ])('runs for %j', (handler, read) => {
    expect(readWatch({ ...key, ...handler })).toMatchObject({ handler: read });
  });

  test.each([
    [
      {
        path: 'http://h/',
        header: { a: ['b', 'c'], d: null },
        timeout: '1m',
        tls_skip_verify: true,
        other: 1,
      },
      {
        url: 'http://h/',
        method: 'POST',
        timeoutMs: 60_000,
        headers: [
          ['a', ['b', 'c']],
          ['d', []],
        ],
        skipsTlsVerification: true,
      },
    ],
    [
      [{ Path: 'x', METHOD: 'PUT' }],
      { url: 'x', method: 'PUT', timeoutMs: 10_000, headers: [], skipsTlsVerification: false },
    ],
  ])('makes requests for %j', (config, read) => {
    expect(readWatch({ ...http, http_handler_config: config })).toMatchObject({
      handler: { kind: 'http', ...read },
    });
  });
});
