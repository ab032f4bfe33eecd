import { expect, test } from 'vitest';
import { catalogOverHttp } from '../../test/catalog-over-http.ts';

const checks = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    CheckID: `c${at}`,
    Name: 'a name of some length',
    Notes: 'notes',
  }));

test('others run between the reading of a large body and what it asks for', async () => {
  const { url, turns, close } = await catalogOverHttp();
  try {
    const put = async (path: string, body: unknown): Promise<number> => {
      const before = turns.count;
      const answer = await fetch(`${url}${path}`, { method: 'PUT', body: JSON.stringify(body) });
      expect(answer.status).toBe(200);
      return turns.count - before;
    };
    const registration = (count: number) => ({ Node: 'n1', Address: '10.0.0.1', Checks: checks(count) });
    expect(await put('/v1/catalog/register', registration(1))).toBe(0);
    expect(await put('/v1/catalog/register', registration(600))).toBe(1);
    const set = (Value: string) => [{ KV: { Verb: 'set', Key: 'k', Value } }];
    expect(await put('/v1/txn', set(''))).toBe(0);
    expect(await put('/v1/txn', set(Buffer.alloc(50_000).toString('base64')))).toBe(1);
  } finally {
    await close();
  }
});
