import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { recordingLogger } from '../test/recording-logger.ts';
import { guardLogger, silentAgentLogger } from './loggers.ts';
import type { AgentLogger } from './ports.ts';

function failing(fail: () => never | Promise<never>, child: AgentLogger['child']): AgentLogger {
  // A type that promises nothing lets a method return anything.
  return { error: fail, warn: fail, info: fail, debug: fail, trace: fail, child } as AgentLogger;
}

test('a method that throws loses its line only, in children as well, and one warning a minute says so', () => {
  const warnings: string[] = [];
  let nowMs = 0;
  const fail = (): never => {
    throw new Error('disk full');
  };
  const logger = guardLogger(
    failing(fail, () => failing(fail, () => failing(fail, fail))),
    { warn: (message) => warnings.push(message), nowMs: () => nowMs },
  );
  for (nowMs = 0; nowMs < 120_000; nowMs += 1000) logger.child({ component: 'agent' }).info({}, 'a line');
  logger.child({ component: 'a' }).child({ component: 'b' }).child({ component: 'c' }).trace({}, 'a line');
  expect(warnings).toEqual(
    ['info', 'info', 'child'].map(
      (method) => `the logger failed and a line is lost: method ${method}: disk full`,
    ),
  );
});

test('a promise that a method returns has an owner', async () => {
  const warnings: string[] = [];
  const logger = guardLogger(
    failing(
      () => Promise.reject(new Error('service gone')),
      () => ({}) as AgentLogger,
    ),
    { warn: (message) => warnings.push(message), nowMs: () => warnings.length * 60_000 },
  );
  logger.warn({}, 'a line');
  await nextTurn();
  logger.child({ component: 'agent' });
  expect(warnings.map((warning) => warning.split('is lost: method ')[1])).toEqual([
    'warn: service gone',
    'child: what it returned is no logger',
  ]);
});

test('lines and components arrive', () => {
  const target = recordingLogger();
  const logger = guardLogger(target);
  logger.info({ a: 1 }, 'first');
  logger.child({ component: 'agent' }).warn({}, 'second');
  expect(target.lines).toEqual(['INFO root: first {"a":1}', 'WARN agent: second']);
});

test('a level counts as written unless the logger says otherwise, and a failing answer is a warning', () => {
  const warnings: string[] = [];
  const { isLevelEnabled: _own, ...without } = silentAgentLogger;
  const levelOf = (given: Partial<AgentLogger>) =>
    guardLogger({ ...without, ...given }, { warn: (text) => warnings.push(text) }).isLevelEnabled?.('debug');
  expect(levelOf({})).toBe(true);
  expect(levelOf({ isLevelEnabled: () => true })).toBe(true);
  expect(levelOf({ isLevelEnabled: () => false })).toBe(false);
  const failing = (): boolean => {
    throw new Error('broken');
  };
  expect(levelOf({ isLevelEnabled: failing })).toBe(true);
  expect(warnings).toEqual([expect.stringContaining('method isLevelEnabled: broken')]);
});
