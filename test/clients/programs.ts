import { buildGoPrograms, builtGoProgram, type GoProgram } from '../support/go-program.ts';

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

/** Before the suite: builds the clients in Go. */
export function setup(): void {
  buildGoPrograms(Object.values(programs), 'the tests with clients in Go');
}
