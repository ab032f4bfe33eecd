import { AgentMember, AgentSelf } from '@hobnob/catalog';
import { Check } from 'typebox/value';
import { afterEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents } from '../../test/agent-on-fakes.ts';
import { member } from '../../test/fake-gossip.ts';
import { describeSelf } from './agent-self.ts';
import { toAgentMember } from './records.ts';

/** Nothing but JSON.stringify stands between these values and the client: fields and their order must be right. */

afterEach(closeAgents);

test.each([false, true])(
  'an agent (server: %s) describes itself in the fields of the record, in their order',
  async (server) => {
    const { config, nodeId, lan, wan } = await agentOnFakes({ server }).started;
    const self = JSON.parse(JSON.stringify(describeSelf({ config, nodeId, lan, wan })));
    expect(Check(AgentSelf, self)).toBe(true);
    expect(Object.keys(self)).toEqual(Object.keys(AgentSelf.properties));
    expect(Object.keys(self.Config)).toEqual(Object.keys(AgentSelf.properties.Config.properties));
    expect(Object.keys(self.Member)).toEqual(Object.keys(AgentMember.properties));
  },
);

test('a member is shown in the fields of the record, in their order', () => {
  const shown = JSON.parse(JSON.stringify(toAgentMember(member('m'))));
  expect(Check(AgentMember, shown)).toBe(true);
  expect(Object.keys(shown)).toEqual(Object.keys(AgentMember.properties));
});
