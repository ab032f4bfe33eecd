/** Ours in proportion to Consul's: below 1 we take less. */
export function ratio(ours: number, consul: number): string {
  return `${(ours / consul).toFixed(2)} x`;
}
