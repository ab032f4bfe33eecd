import type { TestCluster } from '../../src/testing/index.ts';

/** Collects, for each member, the names of the user events that it emits from now on. */
export function recordEventNames(pool: TestCluster): readonly (readonly string[])[] {
  return pool.names.map((name) => {
    const names: string[] = [];
    pool.gossip(name).on('user-event', (event) => names.push(event.name));
    return names;
  });
}

/** Fires a thousand user events at once. Resolves 45 s later. */
export async function fireThousand(pool: TestCluster): Promise<readonly string[]> {
  const names = Array.from({ length: 1000 }, (_, i) => `e${i}`);
  for (const name of names) pool.gossip('m1').userEvent(name, new Uint8Array(100));
  await pool.advance(45_000);
  return names;
}
