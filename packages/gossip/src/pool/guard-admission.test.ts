import { expect, test } from 'vitest';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import type { AdmissionPolicy } from '../options/options.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { CallbackErrors } from './callback-errors.ts';
import { guardAdmission } from './guard-admission.ts';

function guarded(policy: unknown) {
  const { logger, lines } = recordingLogger();
  const errors = new CallbackErrors({
    member: 'm1',
    logger,
    clock: new VirtualClock(),
    warn: () => undefined,
  });
  // Callers without TypeScript pass what they like.
  return { policy: guardAdmission(policy as AdmissionPolicy, errors), errors, lines };
}

test('the decision of a policy is returned unchanged', () => {
  const { policy, errors } = guarded((members: readonly unknown[]) =>
    members.length === 0 ? 'no members' : undefined,
  );
  expect(policy?.([])).toBe('no members');
  expect(policy?.([{} as never])).toBeUndefined();
  expect(errors.counts.admission).toBe(0);
  expect(guarded(undefined).policy).toBeUndefined();
});

test.each([
  ['throws', () => raise(new Error('not today'))],
  ['throws an object without a prototype', () => raise(Object.create(null))],
  ['returns a promise', async () => undefined],
  [
    'returns an object whose `then` throws',
    () => Object.defineProperty({}, 'then', { get: () => raise('then') }),
  ],
  ['returns true', () => true],
  ['returns null', () => null],
])('a policy that %s admits no member, which is counted and logged', (_, policy) => {
  const { policy: ask, errors, lines } = guarded(policy);
  expect(ask?.([])).toBe('the admission policy failed');
  expect(errors.counts.admission).toBe(1);
  expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'error the admission policy failed and the members are refused',
  ]);
});

test('a policy whose promise is rejected does not end the process', async () => {
  const { policy, lines } = guarded(() => Promise.reject(new Error('later')));
  expect(policy?.([])).toBe('the admission policy failed');
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines.at(-1)?.fields).toMatchObject({ err: { message: 'later' } });
});

function raise(error: unknown): never {
  throw error;
}
