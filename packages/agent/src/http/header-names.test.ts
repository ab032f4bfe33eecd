import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchangeBytes } from '../../test/catalog-over-http.ts';
import { createTestAgent, type TestAgent } from '../testing/test-agent.ts';

/** The names of headers as bytes: some clients compare them so. The names are those of a real agent of 1.8.7. */

let agent: TestAgent;

beforeAll(async () => {
  agent = await createTestAgent();
});

afterAll(async () => agent.close());

async function headerNames(method: string, target: string, body = ''): Promise<readonly string[]> {
  const head = `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  const answer = await exchangeBytes(agent.httpAddress, `${head}${body}`);
  const [, ...lines] = answer.slice(0, answer.indexOf('\r\n\r\n')).split('\r\n');
  return lines.map((line) => line.slice(0, line.indexOf(':'))).filter((name) => name !== 'Connection');
}

const read = ['X-Consul-Index', 'X-Consul-Knownleader', 'X-Consul-Lastcontact'];
const whole = ['Content-Length', 'Content-Type', 'Date', 'Vary'];

test.each([
  ['GET', '/v1/snapshot', '', ['Content-Type', 'Date', 'Transfer-Encoding', 'Vary', ...read]],
  ['GET', '/v1/catalog/nodes', '', [...whole, ...read, 'X-Consul-Effective-Consistency']],
  ['GET', '/v1/kv/none', '', ['Content-Length', 'Date', 'Vary', ...read]],
  ['PUT', '/v1/kv/k', 'x', whole],
  ['PUT', '/v1/session/create', '{"TTL":"1s"}', whole],
])('those of %s %s have the letter case of Go', async (method, target, body, names) => {
  expect([...(await headerNames(method, target, body))].sort()).toEqual([...names].sort());
});

test('those of an answer that is sent in pieces have it too', async () => {
  const value = 'x'.repeat(400_000);
  for (let count = 0; count < 16; count += 1) await headerNames('PUT', `/v1/kv/large/${count}`, value);
  const names = await headerNames('GET', '/v1/kv/large/?recurse');
  expect([...names].sort()).toEqual(['Content-Type', 'Date', 'Transfer-Encoding', 'Vary', ...read]);
});
