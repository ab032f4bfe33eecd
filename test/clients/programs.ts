import { buildGoPrograms, builtGoProgram, type GoProgram } from '../support/go-program.ts';
import { type InstalledClient, installClient, installedClient } from '../support/installed-client.ts';

/** The clients that are written in Go, by the folder of their module. */
const programs = {
  kratos: { name: 'client-kratos', folder: 'examples/kratos' },
  kratosTests: {
    name: 'client-kratos-tests',
    folder: 'examples/kratos',
    testsOf: 'github.com/go-kratos/kratos/contrib/registry/consul/v2',
  },
  consulApi: { name: 'client-consul-api', folder: 'test/clients/consul-api' },
  prometheus: { name: 'client-prometheus', folder: 'test/clients/prometheus' },
} satisfies Record<string, GoProgram>;

/** The path of a built client, or undefined when it could not be built. */
export function goClient(name: keyof typeof programs): string | undefined {
  return builtGoProgram(programs[name]);
}

const pip = (requirements: string): InstalledClient['install'] => [
  'python3',
  ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--root-user-action=ignore'],
  ...['--no-deps', '--target', 'site', '-r', requirements],
];
const python = {
  folder: 'test/clients/python',
  needs: ['python3', '-m', 'pip', '--version'],
} satisfies Partial<InstalledClient>;

/** The clients of other languages. */
const installed = {
  pyConsul: { ...python, name: 'client-py-consul', install: pip('py-consul.txt') },
  pythonConsul: { ...python, name: 'client-python-consul', install: pip('python-consul.txt') },
  node: {
    name: 'client-node',
    folder: 'test/clients/node',
    needs: ['npm', '--version'],
    install: ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
  },
} satisfies Record<string, InstalledClient>;

/** The folder of an installed client with its program, or undefined when it could not be installed. */
export function clientFolder(name: keyof typeof installed): string | undefined {
  return installedClient(installed[name]);
}

/** Before the suite: builds the clients in Go, and installs the others. */
export function setup(): void {
  for (const client of Object.values(installed)) installClient(client);
  buildGoPrograms(Object.values(programs), 'the tests with clients in Go');
}
