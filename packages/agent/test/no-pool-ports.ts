import type { AgentPort } from '../src/agent-port.ts';
import { defaultDefinitionSettings } from '../src/local/definitions/setup.ts';
import { recordingLogger } from './recording-logger.ts';

const unused = (): never => {
  throw new Error('this test expected no such request');
};

/** For tests of the server that ask for nothing of the pools but membership. */
export const noPoolPorts: Pick<AgentPort, 'events' | 'keyring' | 'rpc' | 'local' | 'localSetup' | 'place'> = {
  events: { fire: unused, list: unused },
  rpc: { call: unused },
  local: {
    services: unused,
    checks: unused,
    checksOf: unused,
    registerService: unused,
    deregisterService: unused,
    registerCheck: unused,
    deregisterCheck: unused,
    updateTtl: unused,
    enableServiceMaintenance: unused,
    disableServiceMaintenance: unused,
    enableNodeMaintenance: unused,
    disableNodeMaintenance: unused,
    onChange: unused,
  },
  localSetup: {
    settings: defaultDefinitionSettings,
    log: recordingLogger(),
    clock: { nowMs: unused, wakeAt: unused },
    /** One for each server: each listens. */
    get closing() {
      return new AbortController().signal;
    },
  },
  place: { datacenter: 'dc1', nodeName: 's1' },
  keyring: { list: unused, change: unused },
};
