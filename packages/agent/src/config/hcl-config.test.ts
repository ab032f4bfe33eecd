import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AgentError } from '../errors.ts';
import { checkKeys, isJsonObject } from './check-keys.ts';
import { configKeys } from './keys.ts';
import { type ConfigFile, parseConfigFiles, parseObject } from './parse-files.ts';
import { resolveAgentOptions } from './resolve.ts';

/** What Consul 1.8.7 made of files in HCL, as test/differential/hcl-config-decoder printed it, without what is empty. */
interface ConfigVectors {
  readonly files: readonly {
    readonly text: string;
    /** Absent when the file cannot be read. */
    readonly value?: unknown;
    /** `consul validate` refuses the values. */
    readonly invalid?: true;
  }[];
}

const { files } = JSON.parse(
  readFileSync(new URL('../../test/vectors/hcl-config.json', import.meta.url), 'utf8'),
) as ConfigVectors;

const base: ConfigFile = { path: 'base.json', text: '{"data_dir": "/data", "bind_addr": "127.0.0.1"}' };
const host = { hostname: 'vm', privateIpv4: ['10.0.0.1'], publicIpv6: [] };

function isValid(text: string): boolean {
  try {
    resolveAgentOptions(parseConfigFiles([base, { path: 'a.hcl', text, format: 'hcl' }]), host);
    return true;
  } catch (error) {
    if (error instanceof AgentError) return false;
    throw error;
  }
}

test('every file is valid or not as it is for Consul', () => {
  expect(files.length).toBeGreaterThan(350);
  const isTheirs = ({ value, invalid }: (typeof files)[number]): boolean =>
    value !== undefined && invalid === undefined;
  expect(files.filter(isTheirs).length).toBeGreaterThan(200);
  expect(files.filter((file) => isTheirs(file) !== isValid(file.text))).toEqual([]);
});

test('every file that Consul reads has the values that it has there', () => {
  const differing = files
    // Consul warns of the key and drops it; the table of keys has it, so that it is known.
    .filter(({ text, value }) => value !== undefined && !text.startsWith('acl_enforce_version_8'))
    .map(({ text, value }) => ({ text, theirs: canonical(value), ours: canonical(readValues(text)) }))
    .filter(({ theirs, ours }) => JSON.stringify(theirs) !== JSON.stringify(ours));
  expect(differing).toEqual([]);
});

/** The values of a file under the names of the table of keys. */
function readValues(text: string): unknown {
  const problems: string[] = [];
  const checked = checkKeys(parseObject({ path: 'a.hcl', text, format: 'hcl' }, problems), configKeys);
  expect([...problems, ...checked.problems], text).toEqual([]);
  const root: Record<string, unknown> = {};
  for (const { path, value } of checked.given) {
    const names = path.split('.');
    const last = names.pop() ?? path;
    let section = root;
    for (const name of names) {
      section[name] ??= {};
      section = section[name] as Record<string, unknown>;
    }
    section[last] = value;
  }
  return root;
}

/** Names of fields that Consul knows by another one too. */
const aliases: Readonly<Record<string, string>> = {
  serviceid: 'service_id',
  scriptargs: 'args',
  tlsskipverify: 'tls_skip_verify',
  deregistercriticalserviceafter: 'deregister_critical_service_after',
};

/** Keys in lower case and in one order, without what is empty. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]) => {
        const lower = name.toLowerCase();
        return [aliases[lower] ?? lower, canonical(inner)] as const;
      })
      .filter(
        ([, inner]) => inner !== null && !(typeof inner === 'object' && Object.keys(inner).length === 0),
      )
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

describe('where a list of one value stands for the value, it does so in JSON too', () => {
  test.each([
    [
      { node_name: ['a'], ports: [{ http: 1.9 }] },
      { nodeName: 'a', ports: { http: 1 } },
    ],
    [
      { node_name: [['a']], retry_join: [['b']] },
      { nodeName: 'a', lanJoin: { retryJoin: ['b'] } },
    ],
    [{ node_meta: [{ rack: ['1'] }] }, { nodeMeta: { rack: '1' } }],
  ])('%j', (values, options) => {
    expect(parseConfigFiles([{ path: 'a.json', text: JSON.stringify(values) }])).toEqual(options);
  });

  test.each([{ node_name: [[['a']]] }, { ports: [[{ http: 1 }]] }, { node_name: ['a', 'b'] }, { ports: [] }])(
    'but not in %j',
    (values) => {
      expect(() => parseConfigFiles([{ path: 'a.json', text: JSON.stringify(values) }])).toThrow(AgentError);
    },
  );
});

test('a key in two spellings is refused', () => {
  const problemOf = (text: string): string => {
    try {
      parseConfigFiles([{ path: 'a.json', text }]);
    } catch (error) {
      if (error instanceof AgentError) return error.message;
      throw error;
    }
    return '';
  };
  expect(problemOf('{"NODE_NAME": "a", "node_name": "b"}')).toBe('a.json: invalid config key NODE_NAME');
  expect(problemOf('{"Node_name": "a", "NODE_NAME": "b"}')).toBe('a.json: invalid config key NODE_NAME');
});
