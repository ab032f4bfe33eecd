import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** A Docker Engine as far as checks use it: each container answers in a way of its own. */
export interface FakeEngine {
  /** What was asked, as `POST /containers/fine/exec {"Cmd":["x"]}`, with the body as it was parsed. */
  readonly asked: readonly { readonly target: string; readonly body: unknown }[];
  close(): Promise<void>;
}

interface Reply {
  readonly code: number;
  readonly body: string;
}

/** What containers say to each of the three calls; undefined for no answer at all. */
interface Container {
  readonly create?: Reply;
  readonly start?: Reply | undefined;
  readonly inspect?: readonly Reply[];
}

const ended = (code: number): Reply => ({ code: 200, body: `{"Running":false,"ExitCode":${code}}` });

const containers: Readonly<Record<string, Container>> = {
  fine: {},
  'a b/é': {},
  warns: { inspect: [ended(1)] },
  fails: { inspect: [ended(2)] },
  late: { inspect: [{ code: 200, body: '{"Running":true,"ExitCode":null}' }, ended(2)] },
  paused: { create: { code: 409, body: '{"message":"paused"}' } },
  odd: { create: { code: 500, body: '{"message":"no such driver"}' } },
  garbage: { create: { code: 201, body: 'garbage' } },
  gone: { start: { code: 404, body: '' } },
  stopped: { start: { code: 409, body: '' } },
  broken: { start: { code: 500, body: 'oops' } },
  lost: { inspect: [{ code: 404, body: '' }] },
  ill: { inspect: [{ code: 500, body: 'oops' }] },
  long: { start: { code: 200, body: 'x'.repeat(9_000) } },
  slow: { start: undefined },
};

/** Starts an engine at the path of a socket. */
export async function startFakeEngine(socketPath: string): Promise<FakeEngine> {
  const asked: { target: string; body: unknown }[] = [];
  const sockets = new Set<Socket>();
  const inspections = new Map<string, number>();
  const answer = (method: string, url: string): Reply | undefined => {
    const [, kind = '', id = '', call = ''] = url.split('/');
    const name = decodeURIComponent(id.replace(/\+/g, ' '));
    const container = Object.hasOwn(containers, name) ? containers[name] : undefined;
    if (container === undefined) return { code: 404, body: '{"message":"No such container"}' };
    if (kind === 'containers' && method === 'POST' && call === 'exec') {
      return container.create ?? { code: 201, body: JSON.stringify({ Id: id }) };
    }
    if (call === 'start' && method === 'POST') {
      return 'start' in container ? container.start : { code: 200, body: `ran in ${name}\n` };
    }
    const { inspect = [ended(0)] } = container;
    const count = inspections.get(name) ?? 0;
    inspections.set(name, count + 1);
    return inspect[Math.min(count, inspect.length - 1)];
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method = '', url = '' } = request;
      asked.push({ target: `${method} ${url}`, body });
      const reply = answer(method, url);
      if (reply !== undefined) response.writeHead(reply.code).end(reply.body);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : JSON.parse(text);
}
