import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an agent of a test answers: the body as JSON unless it is text. */
export interface GivenAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An agent that answers as it is told and keeps what it was asked. */
export interface AnsweringAgent extends AsyncDisposable {
  readonly address: string;
  /** `METHOD path body`, without the body where there is none. */
  readonly asked: string[];
  /** The tokens of the requests. */
  readonly tokens: (string | undefined)[];
  /** For all requests from now on. */
  answer: GivenAnswer;
}

export async function startAnsweringAgent(): Promise<AnsweringAgent> {
  const asked: string[] = [];
  const tokens: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      asked.push([`${request.method} ${request.url}`, body].join(' ').trim());
      tokens.push(request.headers['x-consul-token']?.toString());
      const { status = 200, headers = {}, body: value = '' } = agent.answer;
      response.writeHead(status, headers).end(typeof value === 'string' ? value : JSON.stringify(value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent: AnsweringAgent = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    tokens,
    answer: {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return agent;
}
