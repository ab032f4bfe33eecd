/**
 * A provider and a consumer of a service. The provider registers an instance and sends its heartbeat; the consumer follows
 * the healthy instances by blocking queries, as an iterator with one element for each change. Ends when the instance has
 * come, fallen ill and gone.
 *
 *     node examples/dist/watch-service.js                    # with an agent of its own
 *     node examples/dist/watch-service.js 127.0.0.1:8500     # with a running agent, ours or a real Consul
 */
import { createClient, watch } from '@hobnob/agent/client';
import { createTestAgent } from '@hobnob/agent/testing';

const [, , given] = process.argv;
const own = given === undefined ? await createTestAgent() : undefined;
const client = createClient({ address: given ?? own?.httpAddress ?? '' });
const id = `example-${process.pid}`;
const heartbeat = (status: 'passing' | 'critical') => client.agent.updateCheck(`service:${id}`, { status });

/** What the provider does next, each time that the consumer has seen the last step. */
const steps = [
  () => heartbeat('passing'),
  () => heartbeat('critical'),
  () => heartbeat('passing'),
  () => client.agent.deregisterService(id),
];
try {
  await client.agent.registerService({ ID: id, Name: id, Port: 8080, Check: { TTL: '30s' } });
  const instances = watch((options) => client.health.service(id, { passing: true, ...options }), {
    signal: AbortSignal.timeout(30_000),
    onRetry: (error, delayMs) => process.stderr.write(`again in ${delayMs} ms: ${error.message}\n`),
  });
  const seen: number[] = [];
  for await (const { value } of instances) {
    const places = value.map(({ Node, Service }) => `${Service.Address || Node.Address}:${Service.Port}`);
    process.stdout.write(`healthy: ${places.join(', ') || 'none'}\n`);
    seen.push(value.length);
    const next = steps.shift();
    if (next === undefined) break;
    await next();
  }
  if (seen.join(' ') !== '0 1 0 1 0') throw new Error(`the consumer saw ${seen.join(' ')} instances`);
} finally {
  await own?.close();
}
