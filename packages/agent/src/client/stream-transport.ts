import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { chunkOf } from './arguments.ts';
import { AgentClientError } from './client-error.ts';
import { type Connector, connectionFault } from './connector.ts';

/** An answer whose body is read by the caller: it must be read to its end or destroyed. */
export interface StreamedAnswer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

interface StreamRequest {
  readonly connector: Connector;
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly body: Readable | undefined;
}

/** One request whose bodies are not held in memory. @throws AgentClientError; the body's own error when it cannot be read. */
export async function sendStream(sending: StreamRequest): Promise<StreamedAnswer> {
  const { connector, method, path } = sending;
  const url = connector.base + path;
  const answer = await answerOf(sending, url);
  const { statusCode: status = 0, headers } = answer;
  if (status === 200) return { headers, body: answer };
  const body = await text(answer);
  const message = `${method} ${url}: the agent answered ${status}: ${body.trim()}`;
  throw new AgentClientError('CLIENT_STATUS', message, { method, url, status, body });
}

function answerOf(sending: StreamRequest, url: string): Promise<IncomingMessage> {
  const { connector, method, path, token, signal, body } = sending;
  let unreadable: unknown;
  /** What the body yields; its own error would otherwise be lost in that of the broken connection. */
  async function* checked(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array | string> {
    try {
      for await (const chunk of source) yield chunkOf(chunk);
    } catch (error) {
      unreadable = error;
      throw error;
    }
  }
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      if (signal?.aborted === true) reject(signal.reason);
      else if (unreadable !== undefined) reject(unreadable);
      else {
        const text = `${method} ${url}: ${connectionFault(cause)}`;
        reject(new AgentClientError('CLIENT_CONNECTION', text, { method, url }, { cause }));
      }
    };
    const outgoing = connector.request(
      {
        method,
        path,
        headers: token === undefined ? {} : { 'X-Consul-Token': token },
        ...(signal === undefined ? {} : { signal }),
      },
      resolve,
    );
    outgoing.once('error', refuse);
    if (body === undefined) outgoing.end();
    else {
      pipeline(body, checked, outgoing, (error) => {
        // An agent that refuses the body answers before its end: the answer counts then.
        if (error && (unreadable !== undefined || !outgoing.destroyed)) refuse(error);
      });
    }
  });
}
