import { type Case, each, get, put } from '../case.ts';

/** Coordinates and user events as far as a single server has them. */

const vec = { Vec: [0.1, 0, 0, 0, 0, 0, 0, 0.2], Error: 1.5, Adjustment: 0, Height: 0.00001 };
const ids: readonly RegExp[] = [/^body(\/\d+)?\/ID$/, /^body(\/\d+)?\/LTime$/];

export const coordinateEventCases: readonly Case[] = [
  {
    name: 'coordinates: an update reaches the catalog',
    steps: [
      put('/v1/catalog/register', { Node: 'k1', Address: '10.4.0.1' }),
      put('/v1/coordinate/update', { Node: 'k1', Coord: vec }),
      get('/v1/coordinate/node/k1', { until: (body) => body.includes('Vec') }),
      get('/v1/coordinate/nodes?segment=nope'),
      get('/v1/catalog/nodes?near=k1'),
      put('/v1/catalog/deregister', { Node: 'k1' }),
      get('/v1/coordinate/node/k1'),
    ],
  },
  ...each([
    put('/v1/coordinate/update', { Node: 'nope', Coord: vec }),
    put('/v1/coordinate/update', { Node: 'n1', Coord: { ...vec, Vec: [1] } }),
    put('/v1/coordinate/update', '{'),
    put('/v1/coordinate/update', ''),
  ]),
  {
    name: 'events: fired and listed by filters',
    steps: [
      put('/v1/event/fire/deploy', 'payload', { ignore: ids }),
      get('/v1/event/list?name=deploy', { ignore: ids, until: (body) => body.includes('deploy') }),
      put('/v1/event/fire/tagged?service=web&tag=v1', '', { ignore: ids }),
      put('/v1/event/fire/noded?node=n1', '', { ignore: ids }),
      get('/v1/event/list?name=noded', { ignore: ids, until: (body) => body.includes('noded') }),
      put('/v1/event/fire/bad?node=(', ''),
      put('/v1/event/fire/bad?tag=x', ''),
      put('/v1/event/fire/', ''),
      get('/v1/event/fire/x'),
      put('/v1/event/fire/dc?dc=nope', ''),
      put('/v1/event/fire/big', 'x'.repeat(600)),
    ],
  },
];
