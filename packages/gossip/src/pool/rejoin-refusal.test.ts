import { expect, test } from 'vitest';
import { entry, pushPull } from '../../test/support/swim-fixture.ts';
import type { Contact } from '../swim/types.ts';
import { type RefusalParts, refusalOfTarget } from './rejoin-refusal.ts';

const address = { host: '10.0.0.2', port: 7946 };
const never = new AbortController().signal;
const ourNames = new Set(['m2', 'self']);
const nothing = (): void => undefined;

/** An address where the process of this name answers, whose pool lists these members. */
function behind(answering: string | undefined, listed: readonly string[] = []): RefusalParts {
  const failure = (code: 'SEED_CLOSED' | 'SEED_REFUSED') => ({ code, reason: 'no answer' });
  const asked = (name: string): Contact<undefined> => {
    if (answering === undefined) return { ok: false, failure: failure('SEED_REFUSED') };
    return answering === name
      ? { ok: true, value: undefined }
      : { ok: false, failure: failure('SEED_CLOSED') };
  };
  return {
    defaultPort: 7946,
    admission: undefined,
    logger: { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing },
    ping: async (name) => asked(name),
    probePool: async () => ({ ok: true, value: pushPull(listed.map((name) => entry(name, 'alive'))) }),
  };
}

test('a member of the snapshot that acks a ping by its name is not refused', async () => {
  expect(await refusalOfTarget(behind('m2'), { address, name: 'm2', ourNames }, never)).toBeUndefined();
});

test('another process at the address of a member is refused', async () => {
  const refusal = await refusalOfTarget(behind('stranger'), { address, name: 'm2', ourNames }, never);
  expect(refusal).toBe('another process has the address of m2');
});

test('an address where no process listens rejects', async () => {
  await expect(
    refusalOfTarget(behind(undefined), { address, name: 'm2', ourNames }, never),
  ).rejects.toThrow();
});

test('a seed is refused unless its pool lists a member of the snapshot, or us', async () => {
  const seed = { address, name: undefined, ourNames };
  expect(await refusalOfTarget(behind('x', ['x', 'self']), seed, never)).toBeUndefined();
  expect(await refusalOfTarget(behind('x', ['x', 'y']), seed, never)).toMatch('lists no member');
});

test('a snapshot without members refuses no seed', async () => {
  const seed = { address, name: undefined, ourNames: new Set<string>() };
  expect(await refusalOfTarget(behind('x', ['x']), seed, never)).toBeUndefined();
});
