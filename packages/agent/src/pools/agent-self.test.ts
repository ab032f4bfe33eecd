import { AgentMember, AgentSelf, create, HealthCheck, NodeService } from '@hobnob/catalog/records';
import { afterEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents } from '../../test/agent-on-fakes.ts';
import { member } from '../../test/fake-gossip.ts';
import { readCheck } from '../checks/definition.ts';
import type { CheckFields } from '../checks/fields.ts';
import type { LocalCheck } from '../local/local-port.ts';
import { describeSelf } from './agent-self.ts';
import { toAgentMember } from './records.ts';

afterEach(closeAgents);

const nothing = { services: () => new Map(), checks: () => new Map() };

/** A record with a field too much is no error of types where it comes from a variable. */
const fieldsOf = (record: object) => Object.keys(record).sort();

test.each([false, true])(
  'an agent (server: %s) describes itself in the fields of the record',
  async (server) => {
    const { config, nodeId, lan, wan } = await agentOnFakes({ server }).started;
    const self = describeSelf({ config, nodeId, lan, wan, local: nothing });
    expect(fieldsOf(self)).toEqual(fieldsOf(create(AgentSelf)));
    expect(fieldsOf(self.Config)).toEqual(fieldsOf(create(AgentSelf).Config));
    expect(self.Config).toMatchObject({ NodeName: 'me', NodeID: nodeId, Server: server });
    expect(self.DebugConfig).toMatchObject({
      NodeName: 'me',
      ServerMode: server,
      HTTPSPort: -1,
      HTTPSHandshakeTimeout: '5s',
      KeyFile: 'hidden',
      TLSMinVersion: 'tls12',
    });
    expect(self.Stats?.['hobnob']).toMatchObject({ speaks: expect.stringContaining('Consul') });
    expect(self.Stats?.['consul']).toMatchObject({ server: String(server) });
    expect('serf_wan' in (self.Stats ?? {})).toBe(server);
    expect(self.Member).toEqual(toAgentMember(lan.member('me') ?? member('')));
  },
);

test('a server leads its own catalog, and counts what is registered with it', async () => {
  const { config, nodeId, lan, wan } = await agentOnFakes({ server: true }).started;
  const check = (fields: CheckFields): LocalCheck => ({
    record: create(HealthCheck),
    definition: readCheck({ Name: 'c', ...fields }, { allowsScripts: true }).definition,
    checkedAtMs: undefined,
    changedAtMs: 0,
    transitions: [],
  });
  const s = 1_000_000_000n;
  const kinds = [{ TTL: s }, { TCP: 'x:1', Interval: s }, { TTL: s }, { ScriptArgs: ['x'], Interval: s }];
  const local = {
    services: () => new Map([['web', create(NodeService)]]),
    checks: () => new Map(kinds.map((fields, i) => [String(i), check(fields)])),
  };
  const { Stats } = describeSelf({ config, nodeId, lan, wan, local });
  expect(Stats?.['agent']).toEqual({ check_monitors: '1', check_ttls: '2', checks: '4', services: '1' });
  expect(Stats?.['consul']).toMatchObject({
    leader: 'true',
    leader_addr: `${config.advertiseAddress}:${config.ports.server}`,
  });
});

test('a member is shown in the fields of the record', () => {
  const shown = toAgentMember(member('m', { status: 'failed' }));
  expect(fieldsOf(shown)).toEqual(fieldsOf(create(AgentMember)));
  expect(shown).toMatchObject({ Name: 'm', Addr: '10.0.0.1', Port: 8301, Status: 4, ProtocolCur: 2 });
});
