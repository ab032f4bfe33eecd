import type { AllowedDifference } from './compare.ts';

/** docs/consul-differences.md lists the same reasons. */
export const allowedDifferences: readonly AllowedDifference[] = [
  {
    reason: 'a filter that cannot be read is a fault of the request: status 400, as in newer Consul',
    at: /^status$/,
    requests: /[?&]filter=/,
  },
  {
    reason: 'a number that cannot be read is a fault of the request: status 400, as in newer Consul',
    requests: /^\/v1\/kv\/.*[?&](flags|cas)\b/,
    at: /^status$/,
  },
  {
    reason: 'a query that cannot be decoded is a fault of the request: status 400 with a text',
    requests: /%zz/,
    at: /^(status|header Content-Type|body)$/,
  },
  {
    reason: 'a transaction that compares a check of a node which is not there fails',
    cases: 'txn: the verb cas on checks',
    at: /^(status|body\/.*)$/,
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
  {
    reason: 'checks of this agent carry their times and transitions, which Consul does not keep',
    requests: /^\/v1\/agent\/checks/,
    at: /^body\/.+\/(LastCheckTime|LastChangeTime|Transitions)$/,
  },
  {
    reason: 'a state reported for a check that is not there: status 404, as in newer Consul',
    requests: /^\/v1\/agent\/check\/(pass|warn|fail|update)\//,
    at: /^status$/,
  },
];
