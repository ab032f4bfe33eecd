import type { AgentPort } from '../src/agent-port.ts';

const unused = (): never => {
  throw new Error('this test expected no such request');
};

/** For tests of the server that ask for nothing of the pools but membership. */
export const noPoolPorts: Pick<AgentPort, 'events' | 'coordinates' | 'keyring'> = {
  events: { fire: unused, list: unused },
  coordinates: { nodes: unused, datacenters: unused },
  keyring: { list: unused, change: unused },
};
