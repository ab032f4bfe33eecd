import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AgentError, AgentTypeError } from '../errors.ts';
import { checkRuntime, readArguments } from './check-options.ts';
import { resolveAgentOptions } from './resolve.ts';

const host = { hostname: 'box', privateIpv4: ['10.0.0.7'], publicIpv6: [] };

/** What is wrong with options as a caller without TypeScript may write them. */
function problems(options: unknown): readonly string[] {
  try {
    resolveAgentOptions(options as never, host);
  } catch (error) {
    if (error instanceof AgentError && error.code === 'AGENT_CONFIG') return error.problems;
    throw error;
  }
  return [];
}

test.each([undefined, null, 'x', [], new Map(), () => undefined, new Proxy({ dev: true }, {})])(
  'what is no object of options is refused, case %#',
  (options) => {
    expect(problems(options)[0]).toMatch(/^options is .*; allowed: an object such as \{ dev: true \}/);
  },
);

test.each<[object, string]>([
  [{ dev: 'yes' }, 'dev is "yes"; allowed: true or false'],
  [{ dev: true, bindAddr: '1.2.3.4' }, 'bindAddr is not an option; did you mean bindAddress?'],
  [{ dev: true, bind_addr: '1.2.3.4' }, 'bind_addr is not an option; did you mean bindAddress?'],
  [{ dev: true, bindAddress: 5 }, 'bindAddress is 5; allowed: text'],
  [{ dev: true, retryJoin: ['a'] }, 'retryJoin is not an option; did you mean lanJoin.retryJoin?'],
  [
    { dev: true, lanJoin: ['a'] },
    'lanJoin is a list of 1; allowed: an object such as { retryJoin: ["10.0.0.1"] }',
  ],
  [{ dev: true, lanJoin: { retryJoin: 'a' } }, 'lanJoin.retryJoin is "a"; allowed: a list of text'],
  [{ dev: true, lanJoin: { retryIntervalMs: '30s' } }, 'lanJoin.retryIntervalMs is "30s"; allowed: a number'],
  [{ dev: true, ports: { htp: 1 } }, 'ports.htp is not an option; did you mean ports.http?'],
  [{ dev: true, ports: { http: '8500' } }, 'ports.http is "8500"; allowed: a whole number'],
  [{ dev: true, ports: { http: Number.NaN } }, 'ports.http is NaN'],
  [{ dev: true, nodeMeta: new Map() }, 'nodeMeta is a Map'],
  [{ dev: true, nodeMeta: { rack: 7 } }, 'nodeMeta.rack is 7; allowed: text'],
  [{ dev: true, lanTiming: { probeInterval: 5 } }, 'did you mean lanTiming.probeIntervalMs?'],
  [{ dev: true, http: { blockEndpoints: [1] } }, 'http.blockEndpoints[0] is 1'],
  [{ dev: true, log: 'debug' }, 'log is "debug"; allowed: an object such as { level: "info" }'],
  [{ dev: true, nope: 1 }, 'nope is not an option; allowed: dev, server'],
  [{ dev: true, http: { responseHeaders: { 'a b': 'x' } } }, 'http_config.response_headers: "a b"'],
  [{ dev: true, http: { responseHeaders: { a: 'x\ny' } } }, 'http_config.response_headers: "a"'],
])('%j is refused, case %#', (options, sentence) => {
  expect(problems(options).join('\n')).toContain(sentence);
});

test('faults of type and of meaning come together, and what is wrong is not missed as well', () => {
  const found = problems({ dataDir: 5, typo: 1, datacenter: 'a b', ports: { http: 70_000, dns: 'x' } });
  expect(found).toEqual([
    expect.stringContaining('typo is not an option'),
    'dataDir is 5; allowed: text',
    'ports.dns is "x"; allowed: a whole number from -9007199254740991 to 9007199254740991',
    'datacenter cannot be "a b". Please use only [a-z0-9-_]',
  ]);
});

test('a key is never shown, whatever it is called', () => {
  for (const options of [{ encrypt: ['c2VjcmV0'] }, { key: 'c2VjcmV0' }, { encryption: 'c2VjcmV0' }]) {
    const message = problems({ dev: true, ...options }).join('\n');
    expect(message).toMatch(/^(encrypt is a list of 1|\w+ is not an option; did you mean encrypt\?)/);
    expect(message).not.toContain('c2Vj');
  }
});

test('options that are undefined count as left out, in sections as well', () => {
  const config = resolveAgentOptions(
    { dev: true, ports: { http: undefined }, nodeName: undefined } as never,
    host,
  );
  expect(config).toMatchObject({ nodeName: 'box', ports: { http: 8500 } });
});

test('the configuration is frozen with all it holds', () => {
  const config = resolveAgentOptions({ dev: true, lanJoin: { retryJoin: ['10.0.0.1'] } }, host);
  const parts = [
    config,
    config.lanJoin,
    config.lanJoin.retryJoin,
    config.http.listeners,
    config.http.listeners[0],
  ];
  expect(parts.every(Object.isFrozen)).toBe(true);
});

describe('what surrounds an agent', () => {
  test.each<[unknown, string]>([
    [
      { logger: console },
      'runtime: logger is an object without child; allowed: a logger with the methods error',
    ],
    [{ logger: {} }, 'runtime: logger is an object without error, warn'],
    [{ signal: {} }, 'runtime: signal is an object; allowed: an AbortSignal'],
    [{ onPrepare: () => undefined }, 'runtime: onPrepare is not an option; did you mean onPrepared?'],
    [{ ports: { clock: 5 } }, 'runtime: ports.clock is 5'],
    [null, 'runtime: options is null'],
  ])('%j is refused, case %#', (runtime, sentence) => {
    expect(() => checkRuntime(runtime)).toThrow(sentence);
  });
});

test.each<[() => unknown, string]>([
  [
    () => readArguments('join', { addresses: 'a', options: undefined }),
    'join: addresses is "a"; allowed: a list',
  ],
  [() => readArguments('join', { addresses: [1], options: undefined }), 'addresses[0] is 1'],
  [
    () => readArguments('join', { addresses: [], options: { pool: 'WAN' } }),
    'options.pool is "WAN"; allowed: "lan" or "wan"',
  ],
  [() => readArguments('join', { addresses: [], options: { wan: true } }), 'options.wan is not an option'],
  [() => readArguments('forceLeave', { node: undefined, options: undefined }), 'forceLeave: node is missing'],
])('a wrong call fails with a code, case %#', (call, sentence) => {
  expect(call).toThrow(AgentTypeError);
  expect(call).toThrow(
    expect.objectContaining({ code: 'AGENT_ARGUMENT', message: expect.stringContaining(sentence) }),
  );
});

test('every option has a doc comment', () => {
  const source = readFileSync(new URL('../options.ts', import.meta.url), 'utf8');
  const written = source.slice(0, source.indexOf('export interface LogFileConfig'));
  const bare = [...written.matchAll(/(?<!\*\/)\n {2}readonly (\w+)/g)].map(([, name]) => name);
  expect(written).toContain('readonly withoutEffect');
  expect(bare).toEqual([]);
});
