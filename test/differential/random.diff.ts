import {
  CheckDefinition,
  CoordinateUpdateRequest,
  DeregisterRequest,
  RegisterRequest,
  ServiceDefinition,
} from '@hobnob/catalog/records';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LoopbackAddresses } from '../interop/peers.ts';
import { allowedDifferences } from './allowed-differences.ts';
import { put } from './case.ts';
import type { AllowedDifference } from './compare.ts';
import { agentRequest } from './random/agent-requests.ts';
import { catalogWrite } from './random/catalog-writes.ts';
import { coordinateReads, coordinateStep } from './random/coordinate-updates.ts';
import { kvReads, kvRequest } from './random/kv-requests.ts';
import {
  coordinatesStored,
  emptyAgents,
  emptyCatalog,
  emptyStores,
  endFirstService,
  type RunningPair,
  startPair,
} from './random/pair.ts';
import { agentReads, anyRead, catalogReads } from './random/reads.ts';
import { compareRequests, playRounds } from './random/rounds.ts';
import { searchSeconds, shrinkSeconds } from './random/search.ts';
import { bodyOf } from './random/wrong-bodies.ts';

/**
 * Random sequences of requests to a real Consul 1.8.7 and to a server of ours, the whole state compared after each
 * step: `HOBNOB_RANDOM_SECONDS` for each kind of sequence, `HOBNOB_RANDOM_SEED` to play one again.
 */

/** The agent's health of a name is that of its worst service: of equally bad ones the first in a Go map. */
const ofSeveral: AllowedDifference = {
  reason: 'of two services of a name that are equally bad, Consul says the state of either',
  requests: /^\/v1\/agent\/health\/service\/name\//,
  at: /^(header X-Consul-Reason|body)$/,
};

let pair: RunningPair;

beforeAll(async () => {
  pair = await startPair(new LoopbackAddresses(2, 28));
  await endFirstService(pair);
});

afterAll(async () => {
  await pair?.[Symbol.asyncDispose]();
});

const timeout = (searchSeconds + 2 * shrinkSeconds) * 1000;

describe('random requests lead to the same answers and states', { timeout, retry: 0 }, () => {
  test('writes to the catalog, and questions with options', async () => {
    const step = fc.oneof({ weight: 3, arbitrary: catalogWrite }, { weight: 1, arbitrary: anyRead });
    const stepsCount = await playRounds(pair, {
      step,
      stepsMax: 25,
      reads: catalogReads,
      allowed: allowedDifferences,
      reset: emptyCatalog,
    });
    expect(stepsCount).toBeGreaterThan(0);
  });

  test('keys, sessions and transactions', async () => {
    const stepsCount = await playRounds(pair, {
      step: kvRequest,
      stepsMax: 25,
      reads: kvReads,
      allowed: allowedDifferences,
      reset: emptyStores,
    });
    expect(stepsCount).toBeGreaterThan(0);
  });

  test('services and checks of the agent', async () => {
    const stepsCount = await playRounds(pair, {
      step: agentRequest,
      stepsMax: 15,
      reads: agentReads,
      allowed: [...allowedDifferences, ofSeveral],
      reset: emptyAgents,
    });
    expect(stepsCount).toBeGreaterThan(0);
  });

  test('coordinates', async () => {
    const stepsCount = await playRounds(pair, {
      step: coordinateStep,
      stepsMax: 30,
      reads: coordinateReads,
      allowed: allowedDifferences,
      reset: emptyCatalog,
      settle: coordinatesStored,
    });
    expect(stepsCount).toBeGreaterThan(0);
  });

  test.each([
    ['/v1/catalog/register', RegisterRequest, ['Node', 'Address']],
    ['/v1/catalog/deregister', DeregisterRequest, ['Node']],
    // Without `Coord` a real Consul closes the connection.
    ['/v1/coordinate/update', CoordinateUpdateRequest, ['Node', 'Coord']],
    ['/v1/agent/service/register', ServiceDefinition, ['Name']],
    ['/v1/agent/check/register', CheckDefinition, ['Name', 'TTL']],
  ] as const)('bodies of %s', async (path, shape, always) => {
    const request = bodyOf(shape, always).map((body) => put(path, body));
    expect(await compareRequests(pair, request, allowedDifferences)).toBeGreaterThan(0);
  });
});
