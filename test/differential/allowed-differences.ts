import type { Case } from './case.ts';
import { blockingCases } from './cases/blocking.ts';
import { catalogRegisterCases } from './cases/catalog-register.ts';
import { coordinateEventCases } from './cases/coordinates-events.ts';
import { readCases } from './cases/reads.ts';
import type { AllowedDifference } from './compare.ts';

/** Requests for what this version does not have: the agent's own services and checks. */
const agentRoutes = /^\/v1\/agent\/(services|checks|service|health)/;

/** The cases in which an agent of ours is compared with a real one, without the steps that it cannot answer yet. */
export const comparedCases: readonly Case[] = [
  ...catalogRegisterCases,
  ...readCases,
  ...blockingCases,
  ...coordinateEventCases,
]
  .map(({ name, steps }) => ({ name, steps: steps.filter(({ path }) => !agentRoutes.test(path)) }))
  .filter(({ steps }) => steps.length > 0);

/** Cases that fail because something is not built yet, by name. */
export const notYet: ReadonlySet<string> = new Set<string>();

/** docs/consul-differences.md lists the same reasons. */
export const allowedDifferences: readonly AllowedDifference[] = [
  {
    reason: 'a filter that cannot be read is a fault of the request: status 400, as in newer Consul',
    at: /^status$/,
    requests: /[?&]filter=/,
  },
  {
    reason: 'POST fires an event too: clients in use send it',
    requests: /^\/v1\/event\/fire\//,
    at: /^header Allow$/,
  },
  {
    reason: 'the index of a service also moves when an instance changes its name (ADR 0028)',
    cases: 'register: a service that changes its name takes its checks along',
    at: /^order of the indexes/,
  },
];
