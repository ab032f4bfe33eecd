import { createRequire } from 'node:module';
import { afterEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents } from '../../test/agent-on-fakes.ts';

afterEach(closeAgents);

/** Alone in its file: a module is loaded once in a process. */
const loaded = createRequire(import.meta.url).cache;
const isFastifyLoaded = (): boolean => Object.keys(loaded).some((path) => /[\\/]fastify[\\/]/.test(path));

test('modules are loaded before the pools open, so that loading them looks like no stall', async () => {
  expect(isFastifyLoaded()).toBe(false);
  const whenOpened: boolean[] = [];
  const { started } = agentOnFakes(
    { server: true, ports: { http: 0 } },
    { prepare: () => void whenOpened.push(isFastifyLoaded()) },
  );
  await started;
  expect(whenOpened).toEqual([true, true]);
  // An optional package, for the checks that need it.
  expect(Object.keys(loaded).filter((path) => /[\\/]grpc-js[\\/]/.test(path))).toEqual([]);
});
