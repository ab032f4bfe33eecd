import fc from 'fast-check';
import { get, type Step } from '../case.ts';
import { agentServiceIds } from './agent-requests.ts';
import { nodeIds, nodeNames, serviceNames } from './catalog-writes.ts';

/** How far the indexes of an answer agree. */
export type IndexRule =
  | 'same'
  /** Ours moves also where something leaves a name, which Consul forgets (ADR 0028). */
  | 'at-least'
  | 'ignored'
  /** The answer follows from a write a while later, and its indexes say nothing. */
  | 'eventual';

/** A question about the catalog that is asked after every write. */
export interface StateRead {
  readonly path: string;
  readonly index: IndexRule;
}

/** Questions that show everything in the catalog. */
export const catalogReads: readonly StateRead[] = [
  { path: '/v1/catalog/nodes', index: 'same' },
  { path: '/v1/catalog/services', index: 'same' },
  { path: '/v1/health/state/any', index: 'same' },
  { path: '/v1/internal/ui/nodes', index: 'same' },
  { path: '/v1/internal/ui/services', index: 'same' },
  ...['x1', 'x2', 'x2-b', 'x3'].flatMap((name): StateRead[] => [
    { path: `/v1/catalog/node/${name}`, index: 'same' },
    { path: `/v1/health/node/${name}`, index: 'same' },
  ]),
  ...serviceNames.flatMap((name): StateRead[] => [
    { path: `/v1/catalog/service/${name}`, index: 'at-least' },
    { path: `/v1/health/service/${name}`, index: 'at-least' },
    { path: `/v1/health/checks/${name}`, index: 'same' },
    { path: `/v1/health/connect/${name}`, index: 'ignored' },
  ]),
];

/** What an agent says of its own services and checks, and what the catalog says of them soon after. */
export const agentReads: readonly StateRead[] = [
  { path: '/v1/agent/services', index: 'ignored' },
  { path: '/v1/agent/checks', index: 'ignored' },
  ...agentServiceIds.flatMap((id): StateRead[] => [
    { path: `/v1/agent/service/${id}`, index: 'ignored' },
    { path: `/v1/agent/health/service/id/${id}`, index: 'ignored' },
  ]),
  { path: '/v1/agent/health/service/name/web', index: 'ignored' },
  { path: '/v1/agent/health/service/name/api?format=text', index: 'ignored' },
  { path: '/v1/catalog/node/n1', index: 'eventual' },
  { path: '/v1/health/node/n1', index: 'eventual' },
  { path: '/v1/catalog/services', index: 'eventual' },
  { path: '/v1/health/service/web', index: 'eventual' },
];

const filters = [
  'Service.ID == "web"',
  'Checks.Status != passing',
  'Checks is empty',
  '"a" in Service.Tags',
  'Service.Tags is empty',
  'Service.Meta.rack == "1"',
  'Node.Meta contains "rack"',
  'Node.Node matches "x[12]"',
  'Node == "x1" or Meta.rack != "2"',
  'ServiceMeta["row"] == ""',
  'ServiceTags contains "A" and not ServicePort == 80',
  'Status in ["a"]',
  'ServiceName == "web"',
  'nope == 1',
  '(((Node == "x1")))',
  'Node ==',
];

const options = fc
  .subarray(
    [
      'passing',
      'tag=a',
      'tag=b',
      'node-meta=rack:1',
      'node-meta=row:',
      'stale',
      'consistent',
      'cached',
      'dc=dc1',
      'dc=nope',
      'pretty',
    ],
    {
      maxLength: 3,
    },
  )
  .chain((chosen) =>
    fc
      .option(fc.constantFrom(...filters), { freq: 1 })
      .map((filter) =>
        [...chosen, ...(filter === null ? [] : [`filter=${encodeURIComponent(filter)}`])].join('&'),
      ),
  );

const anyName = fc.constantFrom(
  ...nodeNames,
  ...nodeIds,
  'aa00',
  'a',
  'web',
  'WEB',
  'api',
  'db',
  'nowhere',
  'a%20b%2F%C3%BC',
  '',
);
const place = fc.oneof(
  fc.constantFrom('catalog/nodes', 'catalog/services', 'internal/ui/services', 'internal/ui/nodes'),
  fc
    .tuple(
      fc.constantFrom(
        'catalog/node',
        'catalog/node-services',
        'catalog/service',
        'catalog/connect',
        'health/node',
        'health/checks',
        'health/service',
        'health/connect',
        'internal/ui/node',
      ),
      anyName,
    )
    .map((parts) => parts.join('/')),
  fc.constantFrom('any', 'passing', 'critical', 'odd', 'Passing', '').map((state) => `health/state/${state}`),
);

/** One question with any options. */
export const anyRead: fc.Arbitrary<Step> = fc
  .tuple(place, options)
  .map(([path, query]) => get(`/v1/${path}${query === '' ? '' : `?${query}`}`));
