import type { CatalogNode, CatalogServiceInstance, ReadAnswer, ReadOptions } from '@hobnob/agent/client';
import { describe, expect, test } from 'vitest';
import { type FakeWorld, run } from '../../test/recording-io.ts';

/** Texts, tables and exit codes are those of real Consul 1.8.7, with whose command test/interop compares this one. */

function answer<T>(value: T): ReadAnswer<T> {
  return { value, index: 9n, lastContactMs: 0, knownLeader: true, cache: undefined };
}

const indexes = { CreateIndex: 1, ModifyIndex: 1 };
const real: CatalogNode = {
  ID: 'c6d7070e-39b9-6c51-6730-c62588c6e924',
  Node: 'real1',
  Address: '127.71.0.1',
  Datacenter: 'dc1',
  TaggedAddresses: { wan: '127.71.0.1', lan: '127.71.0.1' },
  Meta: { b: '1', a: '2' },
  ...indexes,
};
const external: CatalogNode = {
  ID: '',
  Node: 'ext ü',
  Address: '10.1.1.1',
  Datacenter: 'dc1',
  TaggedAddresses: null,
  Meta: null,
  ...indexes,
};

function world(nodes: readonly CatalogNode[], asked: unknown[] = []): FakeWorld {
  const instances = nodes.map(({ Meta, ...node }) => ({ ...node, NodeMeta: Meta }) as CatalogServiceInstance);
  return {
    client: {
      catalog: {
        async nodes(options?: ReadOptions) {
          asked.push(options);
          return answer(nodes);
        },
        async service(name: string, options?: ReadOptions) {
          asked.push([name, options]);
          return answer(instances);
        },
        async datacenters() {
          return ['dc1', 'dc2'];
        },
      },
    },
  };
}

describe('catalog', () => {
  test('shows its subcommands; only a question for them succeeds', async () => {
    const { code, stdout, stderr } = await run(['catalog']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      '\nSubcommands:\n' +
        '    datacenters    Lists all known datacenters\n' +
        '    nodes          Lists all nodes in the given datacenter\n' +
        '    services       Lists all registered services in a datacenter\n',
    );
    expect(await run(['catalog', '-h'])).toEqual({ code: 0, stdout: stderr, stderr: '' });
    const help = await run(['catalog', 'nodes', '-h']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: consul catalog nodes \[options\]\n/);
  });

  test('names an unknown subcommand with the nearest known one', async () => {
    const { code, stderr } = await run(['catalog', 'node']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\nUnknown subcommand "node"\. Did you mean "nodes"\?\n$/);
  });

  test('lists datacenters', async () => {
    expect(await run(['catalog', 'datacenters'], world([]))).toEqual({
      code: 0,
      stdout: 'dc1\ndc2\n',
      stderr: '',
    });
  });

  test.each(['datacenters', 'nodes', 'services'])('%s takes no arguments', async (subcommand) => {
    expect(await run(['catalog', subcommand, 'a', 'b'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Too many arguments (expected 0, got 2)\n',
    });
  });
});

describe('catalog nodes', () => {
  test('is a table with short IDs', async () => {
    expect(await run(['catalog', 'nodes'], world([external, real]))).toEqual({
      code: 0,
      stderr: '',
      stdout:
        'Node   ID        Address     DC\n' +
        'ext ü            10.1.1.1    dc1\n' +
        'real1  c6d7070e  127.71.0.1  dc1\n',
    });
  });

  test('-detailed shows IDs, addresses and metadata whole, also for one service', async () => {
    const table =
      'Node   ID                                    Address     DC   TaggedAddresses                 Meta\n' +
      'ext ü                                        10.1.1.1    dc1                                  \n' +
      'real1  c6d7070e-39b9-6c51-6730-c62588c6e924  127.71.0.1  dc1  lan=127.71.0.1, wan=127.71.0.1  a=2, b=1\n';
    expect((await run(['catalog', 'nodes', '-detailed'], world([external, real]))).stdout).toBe(table);
    const line = ['catalog', 'nodes', '-detailed', '-service=web'];
    expect((await run(line, world([external, real]))).stdout).toBe(table);
  });

  test('asks with what the flags say', async () => {
    const asked: unknown[] = [];
    const flags = ['-near=_agent', '-node-meta=a=b=c', '-node-meta', 'd=', '-datacenter=dc2', '-stale'];
    const options = {
      filter: '',
      near: '_agent',
      nodeMeta: { a: 'b=c', d: '' },
      datacenter: 'dc2',
      consistency: 'stale',
    };
    await run(['catalog', 'nodes', ...flags], world([real], asked));
    await run(['catalog', 'nodes', '-service=web', ...flags], world([real], asked));
    await run(['catalog', 'nodes'], world([real], asked));
    expect(asked).toEqual([options, ['web', options], { filter: '', near: '', nodeMeta: {} }]);
  });

  test('-filter is the expression, a file or standard input', async () => {
    const asked: unknown[] = [];
    const files = new Map([['f.txt', 'Node == x\n']]);
    const fed = { ...world([real], asked), files, stdin: 'Node == y' };
    await run(['catalog', 'nodes', '-filter=Node == z'], fed);
    await run(['catalog', 'nodes', '-filter=@f.txt'], fed);
    await run(['catalog', 'nodes', '-filter=-'], fed);
    expect(asked).toMatchObject([
      { filter: 'Node == z' },
      { filter: 'Node == x\n' },
      { filter: 'Node == y' },
    ]);
    expect(await run(['catalog', 'nodes', '-filter=@none'], fed)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'Could not process filter argument: Failed to read file: open none: no such file or directory\n',
    });
  });

  test('says on stderr that none matches, and succeeds', async () => {
    expect(await run(['catalog', 'nodes'], world([]))).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No nodes match the given query - try expanding your search.\n',
    });
  });

  test('refuses metadata without a value', async () => {
    const { code, stderr } = await run(['catalog', 'nodes', '-node-meta=a']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\ninvalid value "a" for flag -node-meta: Missing "=" value in argument: a\n$/);
  });
});

describe('catalog services', () => {
  const services = { web: ['v2', 'v1'], consul: [], 'evil\n\u001b[2J': ['a\nb'] };
  const catalog = { services: async () => answer(services) };

  test('lists names, sorted and on one line each', async () => {
    expect(await run(['catalog', 'services'], { client: { catalog } })).toEqual({
      code: 0,
      stdout: 'consul\nevil\\n\\u001b[2J\nweb\n',
      stderr: '',
    });
  });

  test('-tags shows them sorted, six spaces behind the longest name', async () => {
    expect((await run(['catalog', 'services', '-tags'], { client: { catalog } })).stdout).toBe(
      'consul               \nevil\\n\\u001b[2J      a\\nb\nweb                  v1,v2\n',
    );
  });

  test('-node lists those of one node, with the tags of all its instances', async () => {
    const instance = { ID: 'a', Service: 'web', Tags: ['v2'] };
    const Services = {
      a: instance,
      b: { ...instance, Tags: ['v1'] },
      c: { ...instance, Service: 'db', Tags: null },
    };
    const node = async (name: string) => answer(name === 'real1' ? { Node: real, Services } : null);
    const fake = { client: { catalog: { node } } } as FakeWorld;
    expect((await run(['catalog', 'services', '-node=real1', '-tags'], fake)).stdout).toBe(
      'db       \nweb      v1,v2\n',
    );
    expect(await run(['catalog', 'services', '-node=x'], fake)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No services match the given query - try expanding your search.\n',
    });
  });
});
