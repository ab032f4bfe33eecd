import fc from 'fast-check';

/** Mostly one of the usual values; now and then one that is refused or odd. */
export function mostly(usual: readonly unknown[], odd: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 14, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
}

/** An object of which any field but the required ones may be missing. */
export function someOf(
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  required: readonly string[],
): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  return fc.record(fields, { requiredKeys: [...required] });
}
