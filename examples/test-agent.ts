/**
 * A registry for tests: in this process, on free ports, without files, ready when its promise resolves. The program under
 * test gets its address; two agents do not meet.
 *
 *     node examples/dist/test-agent.js
 */
import { createTestAgent } from '@hobnob/agent/testing';

const [blue, green] = await Promise.all([createTestAgent(), createTestAgent({ datacenter: 'green' })]);
try {
  for (const { client, httpAddress } of [blue, green]) {
    const { Config } = await client.self();
    process.stdout.write(`${Config.NodeName} of ${Config.Datacenter} at ${httpAddress}\n`);
  }

  // The program under test knows an address and nothing of ours; here it enters an instance and finds it.
  await fetch(`${green.httpAddress}/v1/catalog/register`, {
    method: 'PUT',
    body: JSON.stringify({
      Node: 'db-1',
      Address: '10.0.0.7',
      Service: { Service: 'db', Port: 5432 },
      Check: { CheckID: 'service:db', Status: 'passing', ServiceID: 'db' },
    }),
  });
  for (const { httpAddress } of [blue, green]) {
    const found: unknown = await (await fetch(`${httpAddress}/v1/health/service/db?passing`)).json();
    process.stdout.write(`${httpAddress} knows ${JSON.stringify(found)}\n`);
  }
} finally {
  await Promise.all([blue.close(), green.close()]);
}
