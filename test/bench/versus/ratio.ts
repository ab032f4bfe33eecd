/** Ours in proportion to Consul's: below 1 we take less. */
export function ratio(ours: number, consul: number): string {
  return `${(ours / consul).toFixed(2)} x`;
}

/** The value that 99 of 100 do not exceed, by nearest rank. */
export function percentile99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? Number.NaN;
}
