import { equal, ok } from 'node:assert/strict';
import { createTestAgent } from '../../packages/agent/src/testing/test-agent.ts';
import { describeMachine, formatTable, median, spread } from './measure.ts';

const startsCount = 40;

/** Measures how long a test waits for its agent and for the first answer, and what an agent takes to close. */
export async function run(): Promise<void> {
  const times = { ready: [] as number[], answered: [] as number[], closed: [] as number[] };
  const first = await measure();
  for (let n = 0; n < startsCount; n += 1) {
    const { ready, answered, closed } = await measure();
    times.ready.push(ready);
    times.answered.push(answered);
    times.closed.push(closed);
  }
  process.stdout.write(`${describeMachine()}\n`);
  const rows = (['ready', 'answered', 'closed'] as const).map((phase) => [
    { ready: 'start to ready', answered: 'ready to the first answer', closed: 'close' }[phase],
    first[phase].toFixed(1),
    median(times[phase]).toFixed(1),
    spread(times[phase]),
  ]);
  process.stdout.write(
    `${formatTable(['createTestAgent, ms', 'the first', `median of ${startsCount} more`, 'spread'], rows)}\n`,
  );
}

async function measure(): Promise<Readonly<Record<'ready' | 'answered' | 'closed', number>>> {
  const startMs = performance.now();
  const consul = await createTestAgent();
  const readyMs = performance.now();
  const { nodeName } = consul.agent.config;
  const answer = await fetch(`${consul.httpAddress}/v1/health/node/${nodeName}`);
  equal(answer.status, 200);
  ok((await answer.text()).includes('"passing"'));
  const answeredMs = performance.now();
  await consul.close();
  return {
    ready: readyMs - startMs,
    answered: answeredMs - readyMs,
    closed: performance.now() - answeredMs,
  };
}
