import { expect, test } from 'vitest';
import { coordinateErrors } from '../support/plane.ts';

test.each([1, 2, 3])(
  'network coordinates estimate the round trips of a plane with slow links, seed %i',
  async (seed) => {
    const errors = await coordinateErrors(seed, 15 * 60_000);
    expect(errors).toHaveLength(66);
    // The median within a tenth, nine in ten within a third: what the paper promises of such a plane.
    expect(errors[33]).toBeLessThan(0.1);
    expect(errors[59]).toBeLessThan(0.33);
  },
);
