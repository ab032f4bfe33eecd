import { expect, test } from 'vitest';
import { fakeAgent } from '../../test/fake-agent.ts';
import { run } from '../../test/recording-io.ts';

const files = {
  'good.json': '{"data_dir": "data", "node_name": "ok_node"}',
  'boot.json': '{"data_dir": "data", "bootstrap": true}',
  'keys.json': '{"nod_name": "x", "data_dir": "data"}',
  'good.hcl': 'data_dir = "data"',
  'twice.hcl': 'service { name = "a" }\nservice { name = "b" }',
  'broken.hcl': 'data_dir = "data"\nports {\n  http = 80\n',
  'acl.json': '{"data_dir": "data", "acl": {"enabled": true}}',
};

function validate(...argv: readonly string[]) {
  return run(['validate', ...argv], { agent: fakeAgent({ files }).module });
}

test('a valid configuration is reported as valid, with warnings on stderr', async () => {
  expect(await validate('good.json')).toEqual({
    code: 0,
    stdout: 'Configuration is valid!\n',
    stderr:
      'Node name "ok_node" will not be discoverable via DNS due to invalid characters. Valid characters include all alpha-numerics and dashes.\n',
  });
});

test('-quiet says nothing about a valid configuration', async () => {
  expect(await validate('-quiet', 'good.json')).toEqual({ code: 0, stdout: '', stderr: '' });
});

test.each([
  [['boot.json'], "'bootstrap = true' requires 'server = true'"],
  [['keys.json'], 'keys.json: invalid config key nod_name (did you mean node_name?)'],
  [['twice.hcl'], `twice.hcl: 'service' expected a map, got 'slice' ([{"name":"a"},{"name":"b"}])`],
  [['broken.hcl'], 'broken.hcl:4:1: not valid HCL: expected }, got the end of the text'],
  [['-config-format=json', 'good.hcl'], 'good.hcl:1:1: not valid JSON: expected a value'],
  [['-config-format=yaml', 'good.json'], "config: -config-format must be either 'hcl' or 'json'"],
])('what is wrong is said on stderr: %j', async (argv, sentence) => {
  expect(await validate(...argv)).toEqual({
    code: 1,
    stdout: '',
    stderr: `Config validation failed: ${sentence}\n`,
  });
});

test('protection we cannot give makes a configuration invalid', async () => {
  const { code, stderr } = await validate('acl.json');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Config validation failed: acl\.json: acl\.enabled asks for access control, /);
});

test('files and directories are judged together', async () => {
  expect(await validate('keys.json', 'good.json')).toMatchObject({ code: 1 });
  expect(await validate('-quiet', 't.txt', 'good.json')).toMatchObject({ code: 0 });
});

test('HCL is read from files that end in .hcl, or from all', async () => {
  expect(await validate('good.hcl')).toMatchObject({ code: 0 });
  expect(await validate('-config-format=hcl', 'good.json')).toMatchObject({ code: 0 });
});

test('nothing to validate is a mistake', async () => {
  expect(await validate()).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Must specify at least one config file or directory\n',
  });
});
