import { expect, test } from 'vitest';
import { catalogOverHttp } from '../../test/catalog-over-http.ts';

async function start(keysCount: number) {
  const { url, turns, close } = await catalogOverHttp();
  const txn = (ops: readonly unknown[], query = '') =>
    fetch(`${url}/v1/txn${query}`, { method: 'PUT', body: JSON.stringify(ops) });
  const keys = Array.from({ length: keysCount }, (_, at) => `k/${String(at).padStart(4, '0')}`);
  for (let at = 0; at < keysCount; at += 50) {
    const batch = keys.slice(at, at + 50).map((Key) => ({ KV: { Verb: 'set', Key, Value: 'dmFsdWU=' } }));
    expect((await txn(batch)).status).toBe(200);
  }
  return { txn, keys, turns, [Symbol.asyncDispose]: close };
}

interface Found {
  readonly Results: readonly { readonly KV: { readonly Key: string; readonly Value: string | null } }[];
}

test.each([
  ['reads', []],
  ['writes too', [{ KV: { Verb: 'set', Key: 'k/0000', Value: 'bmV3' } }]],
])('a long answer of a transaction that %s is written in turns of the event loop', async (_, before) => {
  await using server = await start(3000);
  const { txn, keys, turns } = server;
  const begun = turns.count;
  const answer = await txn([...before, { KV: { Verb: 'get-tree', Key: 'k/' } }]);
  const body = await answer.text();
  // A hundred records in a piece.
  expect(turns.count - begun).toBeGreaterThanOrEqual(keys.length / 100);
  const { Results } = JSON.parse(body) as Found;
  expect(Results.slice(before.length).map(({ KV }) => KV.Key)).toEqual(keys);
  expect(Results.at(-1)?.KV.Value).toBe('dmFsdWU=');
  const pretty = await (await txn([...before, { KV: { Verb: 'get-tree', Key: 'k/' } }], '?pretty')).text();
  expect(pretty).toBe(`${JSON.stringify(JSON.parse(pretty), null, 4)}\n`);
});

test('a transaction that would find too many keys answers 409 with the reason', async () => {
  await using server = await start(4100);
  const answer = await server.txn(
    Array.from({ length: 64 }, () => ({ KV: { Verb: 'get-tree', Key: 'k/' } })),
  );
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({
    Results: null,
    Errors: [{ OpIndex: 63, What: 'failed to get tree "k/", the transaction finds more than 262144 keys' }],
  });
});
