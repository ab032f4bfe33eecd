/** Any number as an id, for tests that play who hands out ids. */
export function idOf<Kind extends number>(value: number): Kind {
  return value as Kind;
}
