import type { Step } from '../case.ts';

/** Defines `create BODY`, which keeps the ids of the sessions that were made as `$session1`, `$session2`, and so on. */
const createSession = `create() {
  answer=$(curl -s -X PUT "$CONSUL_HTTP_ADDR/v1/session/create" -d "$1"); echo "$answer"
  case $answer in '{"ID"'*) n=$((n + 1)); eval "session$n=$(echo "$answer" | cut -d '"' -f 4)" ;; esac
}`;

/** Requests as lines for a shell. */
export function asCurl(steps: readonly Step[]): string {
  const isCreate = ({ method, path }: Step) => method === 'PUT' && path === '/v1/session/create';
  const lines = steps.map((step) => {
    const { method, path, body } = step;
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    if (isCreate(step)) return `create ${quoted(text ?? '')}`;
    const data = text === undefined ? '' : ` -d ${quoted(text)}`;
    return `curl -s -X ${method} "$CONSUL_HTTP_ADDR"${quoted(path)}${data}`;
  });
  return [...(steps.some(isCreate) ? [createSession] : []), ...lines].join('\n');
}

/** In single quotes but for the names of sessions, and the indexes of keys, which are asked for. */
function quoted(text: string): string {
  const safe = text
    .replaceAll("'", `'\\''`)
    .replace(/\$session\d/g, (name) => `'$${'{'}${name.slice(1)}:-none}'`)
    .replace(/"?\$index:([a-z/]+)"?/g, (_, key) => `'$(${indexOf(key)})'`);
  return `'${safe}'`;
}

function indexOf(key: string): string {
  return `curl -s "$CONSUL_HTTP_ADDR/v1/kv/${key}" | grep -o '"ModifyIndex":[0-9]*' | cut -d : -f 2 | grep . || echo 7`;
}
