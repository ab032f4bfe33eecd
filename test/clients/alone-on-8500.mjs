// Runs a command beside an agent on 127.0.0.1:8500, for test suites that know no other address:
//
//     node alone-on-8500.mjs AGENT [ARGUMENT...] -- COMMAND [ARGUMENT...]
//
// The caller gives it a network of its own. Ends with the command's exit code, and with 125 when the agent does not start.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const startMs = 30_000;

const given = process.argv.slice(2);
const separator = given.indexOf('--');
const [agentCommand, ...agentArguments] = given.slice(0, separator);
const [command, ...args] = given.slice(separator + 1);

/** Whether the agent leads and has entered its own node. */
async function isReady() {
  try {
    const answer = await fetch('http://127.0.0.1:8500/v1/catalog/nodes');
    return answer.ok && (await answer.text()).includes('lan_ipv4');
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

execFileSync('ip', ['link', 'set', 'lo', 'up']);
const agent = spawn(agentCommand, agentArguments, { stdio: ['ignore', 'pipe', 'inherit'] });
let log = '';
agent.stdout.on('data', (chunk) => {
  log = (log + chunk).slice(-20_000);
});
const ended = once(agent, 'exit');
const giveUpMs = performance.now() + startMs;
let ready = await isReady();
while (!ready && agent.exitCode === null && performance.now() < giveUpMs) {
  await delay(50);
  ready = await isReady();
}
if (!ready) {
  process.stderr.write(`the agent has not started:\n${log}\n`);
  process.exitCode = 125;
} else {
  const run = spawn(command, args, { stdio: 'inherit' });
  const [code] = await once(run, 'exit');
  process.exitCode = code ?? 126;
}
agent.kill('SIGKILL');
await ended;
