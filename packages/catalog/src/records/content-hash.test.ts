import { expect, test } from 'vitest';
import { AgentService } from './agent-service.ts';
import { contentHash } from './content-hash.ts';
import { readJson } from './read-json.ts';

/** Answers of a real Consul 1.8.7 to GET /v1/agent/service/ID. */
const answers = [
  `{"ID":"w1","Service":"web","Tags":[],"Meta":{},"Port":80,"Address":"","Weights":{"Passing":1,"Warning":1},
    "EnableTagOverride":false,"ContentHash":"b5e7d62b482d9884","Connect":{"Native":true}}`,
  `{"ID":"web","Service":"web","Tags":[],"Meta":{},"Port":80,"Address":"10.0.0.1","TaggedAddresses":{
    "lan_ipv4":{"Address":"10.0.0.1","Port":80},"wan_ipv4":{"Address":"10.0.0.1","Port":80}},
    "Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"ContentHash":"bb4d972c282d70b2"}`,
  `{"Kind":"connect-proxy","ID":"p","Service":"p","Tags":[],"Meta":{},"Port":9,"Address":"",
    "Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,"ContentHash":"9c9bd0d8076a2ea1","Proxy":{
    "DestinationServiceName":"db","LocalServicePort":3,"Upstreams":[
    {"DestinationType":"service","DestinationName":"u","LocalBindPort":5,"MeshGateway":{}},
    {"DestinationType":"prepared_query","DestinationName":"q","Datacenter":"dc2","LocalBindAddress":"1.1.1.1",
    "LocalBindPort":6,"Config":{"a":{"b":[1]}},"MeshGateway":{"Mode":"local"}}],"MeshGateway":{"Mode":"remote"},
    "Expose":{"Checks":true,"Paths":[
    {"ListenerPort":1234,"Path":"/x","LocalPathPort":80,"ParsedFromCheck":false},
    {"ListenerPort":1235,"Path":"/y","LocalPathPort":80,"Protocol":"HTTP2","ParsedFromCheck":false}]}}}`,
];

test.each(answers)('the hash of a service is the one that Consul gives it: %s', (answer) => {
  const { ContentHash, ...service } = readJson(AgentService, Buffer.from(answer));
  expect(contentHash(AgentService, { ...service, ContentHash: '' })).toBe(ContentHash);
});

test('every field counts, and the order of a list', () => {
  const hash = (answer: string) => contentHash(AgentService, readJson(AgentService, Buffer.from(answer)));
  const all = [
    '{}',
    '{"ID":"a"}',
    '{"Service":"a"}',
    '{"Port":1}',
    '{"EnableTagOverride":true}',
    '{"Tags":["a","b"]}',
    '{"Tags":["b","a"]}',
    '{"Meta":{"a":"b"}}',
    '{"Meta":{"b":"a"}}',
    '{"Proxy":{}}',
    '{"Proxy":{"Config":{"a":1.5}}}',
    '{"Proxy":{"Config":{"a":true}}}',
    '{"Proxy":{"Config":{"a":"1.5"}}}',
    '{"Proxy":{"Config":{"a":null}}}',
  ].map(hash);
  expect(new Set(all).size).toBe(all.length);
});
