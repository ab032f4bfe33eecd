import { expect, onTestFinished, test } from 'vitest';
import {
  filterVectors,
  idsIn,
  ourVerdict,
  type Verdict,
} from '../../packages/catalog/test/filter-vectors.ts';
import { startConsul } from './consul-agent.ts';
import { LoopbackAddresses } from './peers.ts';

/** Filter expressions at a real Consul and at us, over the records that it has in the same moment. */

const addresses = new LoopbackAddresses(3, 31);

test('a real Consul and we accept, refuse and select the same', async () => {
  const host = addresses.next();
  const consul = await startConsul({ name: 'filters', host });
  onTestFinished(() => consul.dispose());
  for (const { path, body } of filterVectors.setup) {
    await consul.http(path, { method: 'PUT', body: JSON.stringify(body) });
  }
  const ask = async (path: string) => {
    const answer = await fetch(`http://${host}:8500${path}`, { signal: AbortSignal.timeout(15_000) });
    return { status: answer.status, text: await answer.text() };
  };
  const differing: unknown[] = [];
  for (const { endpoint, expression } of filterVectors.cases) {
    const path = filterVectors.answers[endpoint]?.path ?? '';
    const whole = await ask(path);
    const filtered = await ask(`${path}?filter=${encodeURIComponent(expression)}`);
    const theirs: Verdict =
      filtered.status === 200 ? { ids: idsIn(JSON.parse(filtered.text)) } : { text: filtered.text };
    const ours = await ourVerdict(endpoint, expression, JSON.parse(whole.text));
    if (JSON.stringify(ours) !== JSON.stringify(theirs))
      differing.push({ endpoint, expression, theirs, ours });
  }
  expect(differing).toEqual([]);
});
