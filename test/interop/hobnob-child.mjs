// hobnob-child.mjs OPTIONS: one node of the built library, driven over standard streams, one JSON a line:
// {"id":1,"method":"join","args":[["127.0.0.1:7946"]]} is answered by {"id":1,"result":...} or {"id":1,"error":"..."}.
import { createInterface } from 'node:readline';
import { createGossip } from '@hobnob/gossip';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const log = (level) => (fields, message) =>
  process.stdout.write(`${level} ${message} ${JSON.stringify(fields)}\n`);
const logger = {
  error: log('error'),
  warn: log('warn'),
  info: log('info'),
  debug: log('debug'),
  trace: () => undefined,
};

const gossip = await createGossip({ ...JSON.parse(process.argv[2]), logger });
const methods = {
  members: () => gossip.members(),
  join: async (seeds) => {
    const { joinedCount } = await gossip.join(seeds);
    return joinedCount;
  },
  leave: () => gossip.leave(),
  forceLeave: (name, options) => gossip.forceLeave(name, options),
  stats: () => gossip.stats(),
  // What is still in use, when the program was started with --expose-gc.
  memory: () => {
    globalThis.gc?.();
    return process.memoryUsage();
  },
};

const lines = createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  const { id, method, args } = JSON.parse(line);
  try {
    say({ id, result: (await methods[method](...args)) ?? null });
  } catch (error) {
    const reasons = error.cause?.errors?.map(String) ?? [];
    say({ id, error: [`${error.code ?? ''} ${error.message}`, ...reasons].join('; ') });
  }
});
lines.on('close', () => gossip.close());
process.stdout.write('ready\n');
