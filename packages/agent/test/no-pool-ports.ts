import type { AgentPort } from '../src/agent-port.ts';

const unused = (): never => {
  throw new Error('this test expected no such request');
};

/** For tests of the server that ask for nothing of the pools but membership. */
export const noPoolPorts: Pick<AgentPort, 'events' | 'keyring' | 'rpc' | 'place'> = {
  events: { fire: unused, list: unused },
  rpc: { call: unused },
  place: { datacenter: 'dc1', nodeName: 's1' },
  keyring: { list: unused, change: unused },
};
