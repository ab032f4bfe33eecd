/**
 * Two agents as objects in one process: a development server, and a client that joins it. Each has Consul's HTTP API too.
 *
 *     node examples/dist/agent-in-process.js
 */
import { createAgent } from '@hobnob/agent';
import { formatAddress } from '@hobnob/gossip';

// Free ports, because both agents are on 127.0.0.1. By default they listen on 8301, 8302 and 8500.
const ports = { http: 0, serfLan: 0, serfWan: 0 };
await using server = await createAgent({ dev: true, nodeName: 'server-1', ports });
await using web = await createAgent({ dev: true, server: false, nodeName: 'web-1', ports });

web.lan.on('member-update', ({ members }) => {
  process.stdout.write(`updated: ${members.map(({ name }) => name).join(', ')}\n`);
});
await web.join([formatAddress(server.lan.bindAddress)]);
for (const { name, status, tags } of server.lan.members()) {
  process.stdout.write(`${name} is ${status}, role ${tags['role']}, datacenter ${tags['dc']}\n`);
}

await web.leave(); // the server sees `left`; without it, `failed`
const left = server.lan.members().find(({ name }) => name === 'web-1');
process.stdout.write(`web-1 is ${left?.status}, and its agent has stopped: ${(await web.stopped).reason}\n`);
