import { expect, test } from 'vitest';
import {
  describeSection,
  factsOf,
  type OptionSection,
  readInterfaces,
  sectionsOf,
} from '../../test/support/option-docs.ts';
import { gossipRows } from './options-table.ts';

/** Which interface documents which section. */
const interfaceNames: Readonly<Record<string, string>> = {
  '': 'GossipOptions',
  bind: 'BindOptions',
  advertise: 'AdvertiseOptions',
  encryption: 'EncryptionOptions',
  coalesce: 'CoalesceOptions',
  userEvents: 'UserEventOptions',
  'userEvents.coalesce': 'CoalesceOptions',
  snapshot: 'SnapshotOptions',
  timing: 'GossipTiming',
  ports: 'GossipPorts',
};

const interfaces = new Map([
  ...readInterfaces(new URL('./options.ts', import.meta.url)),
  ...readInterfaces(new URL('./timing.ts', import.meta.url)),
]);
const sections = [...sectionsOf(gossipRows)].map(
  ([path, rows]): OptionSection => ({ path, rows, interfaceName: interfaceNames[path] ?? 'unknown' }),
);
const commentsOf = ({ interfaceName }: OptionSection) =>
  interfaces.get(interfaceName) ?? new Map<string, string>();

test('every section of the table has an interface', () => {
  expect(sections.map(({ path }) => path).sort()).toEqual(Object.keys(interfaceNames).sort());
});

test.each(sections)(
  'table and interface $interfaceName have the same options, in the same order',
  (section) => {
    expect([...commentsOf(section).keys()]).toEqual(Object.keys(section.rows));
  },
);

const options = sections.flatMap((section) =>
  Object.entries(section.rows).map(([name, row]) => ({
    path: section.path === '' ? name : `${section.path}.${name}`,
    row,
    comment: commentsOf(section).get(name) ?? '',
  })),
);

test.each(options)(
  'the doc comment of $path says unit, default and source as the table has them',
  ({ row, comment }) => {
    for (const fact of factsOf(row)) expect(comment).toContain(fact);
    expect(comment.length).toBeGreaterThan(factsOf(row).join(' ').length);
  },
);

test.each(options)('$path says what follows when it is left out', ({ row }) => {
  const ways = [row.default !== undefined, row.otherwise !== undefined, row.isRequired, row.isAlwaysRead];
  expect(ways.filter((way) => way === true)).toHaveLength(1);
});

test.each([
  ['../gossip.ts', 'JoinOptions'],
  ['../gossip.ts', 'PoolProbeOptions'],
  ['../query.ts', 'QueryOptions'],
  ['../request.ts', 'RequestOptions'],
  ['../events.ts', 'ListenOptions'],
  ['../events.ts', 'OnceOptions'],
  ['../events.ts', 'EventsOptions'],
  ['../keys.ts', 'KeyOptions'],
  ['../testing/cluster-interface.ts', 'TestClusterOptions'],
  ['../testing/cluster-interface.ts', 'RestartOptions'],
  ['../testing/cluster-interface.ts', 'SimulationOptions'],
])('in %s every option of %s has a doc comment', (file, interfaceName) => {
  const comments = readInterfaces(new URL(`./${file}`, import.meta.url)).get(interfaceName);
  expect([...(comments ?? [])].filter(([, comment]) => comment === '')).toEqual([]);
  expect(comments?.size).toBeGreaterThan(0);
});

test('docs/gossip-options.md is written from table and comments; `vitest -u` writes it anew', async () => {
  const page = [
    '# Options of `createGossip`',
    '',
    'Written from the table that checks the options and from their doc comments; a test keeps this page in step. What is',
    'not allowed is refused when the program runs, too: `GOSSIP_OPTIONS` in [the errors](errors.md). An option that is',
    'undefined counts as left out. Values in `encryption` never appear in a message.',
    '',
    ...sections
      .filter(({ path }) => path !== 'userEvents.coalesce')
      .map((section) => `${describeSection(section, commentsOf(section))}\n`),
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../../../docs/gossip-options.md');
});
