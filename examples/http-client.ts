/**
 * The typed client of Consul's HTTP API, which talks to our agents and to real Consul agents alike. Without an address it
 * starts an agent of its own to talk to:
 *
 *     node examples/dist/http-client.js 127.0.0.1:8500
 */
import { createAgent } from '@hobnob/agent';
import { AgentClientError, createClient } from '@hobnob/agent/client';

const [given] = process.argv.slice(2);
const agent =
  given === undefined
    ? await createAgent({ dev: true, nodeName: 'server-1', ports: { http: 0, serfLan: 0, serfWan: 0 } })
    : undefined;

try {
  const client = createClient({ address: given ?? agent?.httpAddresses[0] ?? '', deadlineMs: 10_000 });
  const { Config } = await client.self();
  process.stdout.write(`${Config.NodeName} of ${Config.Datacenter} runs ${Config.Version}\n`);
  for (const { Name, Addr, Port } of await client.members()) {
    process.stdout.write(`${Name} at ${Addr}:${Port}\n`);
  }
  const id = await client.fireEvent({ name: 'deploy', payload: Buffer.from('v1.2.3') });
  process.stdout.write(`the event ${id} is on its way\n`);
  await client.forceLeave('no-such-node');
} catch (error) {
  // An answer other than 200 is an error with the status and the text that Consul documents.
  if (!(error instanceof AgentClientError) || error.code !== 'CLIENT_STATUS') throw error;
  process.stdout.write(`the agent answered ${error.status}: ${error.body.trim()}\n`);
} finally {
  await agent?.close();
}
