import { AgentMember, AgentSelf } from '@hobnob/catalog';
import { create, HealthCheck, NodeService } from '@hobnob/catalog/records';
import { Check } from 'typebox/value';
import { afterEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents } from '../../test/agent-on-fakes.ts';
import { member } from '../../test/fake-gossip.ts';
import type { LocalCheck } from '../local/local-port.ts';
import { describeSelf } from './agent-self.ts';
import { toAgentMember } from './records.ts';

/** Nothing but JSON.stringify stands between these values and the client: fields and their order must be right. */

afterEach(closeAgents);

const nothing = { services: () => new Map(), checks: () => new Map() };

test.each([false, true])(
  'an agent (server: %s) describes itself in the fields of the record, in their order',
  async (server) => {
    const { config, nodeId, lan, wan } = await agentOnFakes({ server }).started;
    const self = JSON.parse(JSON.stringify(describeSelf({ config, nodeId, lan, wan, local: nothing })));
    expect(Check(AgentSelf, self)).toBe(true);
    expect(Object.keys(self)).toEqual(Object.keys(AgentSelf.properties));
    expect(Object.keys(self.Config)).toEqual(Object.keys(AgentSelf.properties.Config.properties));
    expect(Object.keys(self.Member)).toEqual(Object.keys(AgentMember.properties));
  },
);

test('a server leads its own catalog, and counts what is registered with it', async () => {
  const { config, nodeId, lan, wan } = await agentOnFakes({ server: true }).started;
  const check = (Type: string): LocalCheck => ({
    record: { ...create(HealthCheck), Type },
    checkedAtMs: undefined,
    changedAtMs: 0,
    transitions: [],
  });
  const local = {
    services: () => new Map([['web', create(NodeService)]]),
    checks: () => new Map(['ttl', 'http', 'ttl'].map((type, i) => [String(i), check(type)])),
  };
  const { Stats } = describeSelf({ config, nodeId, lan, wan, local });
  expect(Stats['agent']).toEqual({ check_monitors: '0', check_ttls: '2', checks: '3', services: '1' });
  expect(Stats['consul']).toMatchObject({
    leader: 'true',
    leader_addr: `${config.advertiseAddress}:${config.ports.server}`,
  });
});

test('a member is shown in the fields of the record, in their order', () => {
  const shown = JSON.parse(JSON.stringify(toAgentMember(member('m'))));
  expect(Check(AgentMember, shown)).toBe(true);
  expect(Object.keys(shown)).toEqual(Object.keys(AgentMember.properties));
});
