/** A node with instances and checks, as `PUT /v1/catalog/register` takes them one by one. */

/**
 * An instance of `service` on `node`, with a check of the node and one of its own. The node's is not `serfHealth`:
 * a leader removes nodes that have that check and are no member of the pool.
 */
export function instanceOf(
  node: string,
  service: string,
  { status = 'passing', output = '' }: { readonly status?: string; readonly output?: string } = {},
): Record<string, unknown> {
  const id = `${service}-${node}`;
  return {
    Node: node,
    Address: '10.1.2.3',
    Service: { ID: id, Service: service, Tags: ['v1', 'blue'], Address: '10.1.2.3', Port: 8000 },
    Checks: [
      { CheckID: 'node-health', Name: 'Node Health Status', Status: 'passing' },
      {
        CheckID: `service:${id}`,
        Name: `Service '${service}' check`,
        Status: status,
        Output: output,
        ServiceID: id,
      },
    ],
  };
}

/** `n-1` to `n-COUNT`. */
export function names(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
}
