import type { FastifyInstance, FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyReply {
    /** Sends a value as Consul writes JSON: for people with `?pretty`, and always in dev mode. */
    json(value: unknown): FastifyReply;
    /** Whether this agent writes JSON for people. */
    readonly isDev: boolean;
  }
}

/** Gives the replies of `app` their `json`. The value is written once, in the form that the request asks for. */
export function addJsonReplies(app: FastifyInstance, { dev }: { readonly dev: boolean }): void {
  app.decorateReply('isDev', dev);
  app.decorateReply('json', function (this: FastifyReply, value: unknown): FastifyReply {
    const text = isPretty(this) ? `${JSON.stringify(value, null, 4)}\n` : JSON.stringify(value);
    // Bytes, because fastify adds a charset to the type of a text, and Consul has none.
    return this.header('Content-Type', 'application/json').send(Buffer.from(htmlSafe(text)));
  });
}

/** Whether the answer is to have a field a line. */
export function isPretty(reply: FastifyReply): boolean {
  return reply.isDev || Object.hasOwn(reply.request.query as object, 'pretty');
}

/** As Go writes JSON, so that a browser that takes it for HTML sees no tags. Source: Go encoding/json HTMLEscape. */
function htmlSafe(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
