import type { Socket } from 'node:net';
import { decodeText } from '@hobnob/gossip/codec';
import { dial } from './dial.ts';
import { dialUnix } from './dial-unix.ts';
import type { DockerHost } from './docker-host.ts';
import { follow, readBody } from './http-exchange.ts';
import { addressOf, type HopRequest } from './http-headers.ts';
import type { HopOptions } from './http-hop.ts';
import { TailBuffer } from './output.ts';

/** Why a command was not run in a container; the message is Consul's. */
class DockerError extends Error {
  override readonly name = 'DockerError';
}

/** Where and how the engine is asked. */
export interface DockerClientOptions extends Omit<HopOptions, 'connect' | 'skipsTlsVerification'> {
  readonly host: DockerHost;
}

interface Answer {
  readonly code: number;
  readonly body: TailBuffer;
}

/** Answers in JSON are shorter; more than this is no such answer. */
const jsonBytesMax = 65_536;

/** The calls of the Docker Engine API that run a command in a container. Source: Consul checks.DockerClient. */
export class DockerClient {
  readonly #options: DockerClientOptions;

  constructor(options: DockerClientOptions) {
    this.#options = options;
  }

  /** Makes a run of a command and returns its id. @throws DockerError */
  async createExec(container: string, args: readonly string[]): Promise<string> {
    const failed = `create exec failed for container ${container}`;
    const body = { AttachStdin: false, AttachStdout: true, AttachStderr: true, Tty: false, Cmd: args };
    const path = `/containers/${queryEscape(container)}/exec`;
    const answer = await this.#call(failed, 'POST', path, body, jsonBytesMax);
    switch (answer.code) {
      case 201:
        return idIn(answer.body, `create exec response for container ${container} cannot be parsed`);
      case 404:
        throw new DockerError(`create exec failed for unknown container ${container}`);
      case 409:
        throw new DockerError(`create exec failed since container ${container} is paused or stopped`);
      default:
        throw new DockerError(`${failed} with status ${answer.code}: ${answer.body.text()}`);
    }
  }

  /** Runs it to its end, and returns the end of its output. @throws DockerError */
  async startExec(container: string, execId: string, outputBytesMax: number): Promise<TailBuffer> {
    const failed = `start exec failed for container ${container}`;
    const body = { Detach: false, Tty: true };
    const answer = await this.#call(failed, 'POST', `/exec/${execId}/start`, body, outputBytesMax);
    switch (answer.code) {
      case 200:
        return answer.body;
      case 404:
        throw new DockerError(`${failed}: invalid exec id ${execId}`);
      case 409:
        throw new DockerError(`start exec failed since container ${container} is paused or stopped`);
      default:
        throw new DockerError(`${failed} with status ${answer.code}: body: ${answer.body.text()} err: <nil>`);
    }
  }

  /** The exit code of a run; undefined while it goes on. @throws DockerError */
  async inspectExec(container: string, execId: string): Promise<number | undefined> {
    const failed = `inspect exec failed for container ${container}`;
    const answer = await this.#call(failed, 'GET', `/exec/${execId}/json`, undefined, jsonBytesMax);
    switch (answer.code) {
      case 200:
        return exitCodeIn(answer.body, `inspect exec response for container ${container} cannot be parsed`);
      case 404:
        throw new DockerError(`${failed}: invalid exec id ${execId}`);
      default:
        throw new DockerError(`${failed} with status ${answer.code}: ${answer.body.text()}`);
    }
  }

  async #call(
    failed: string,
    method: string,
    path: string,
    body: object | undefined,
    bytesMax: number,
  ): Promise<Answer> {
    const { host, signal } = this.#options;
    const tail = new TailBuffer(bytesMax);
    try {
      const request = requestFor(host, method, path, body);
      const connect = (): Promise<Socket> =>
        host.kind === 'unix' ? dialUnix(host.address, signal) : dial(addressOf(request.url), signal);
      const options = { ...this.#options, connect, skipsTlsVerification: false, lateText: '' };
      const followed = await follow(request, method, options);
      try {
        await readBody(followed, tail, signal);
      } finally {
        followed.response.close();
      }
      signal.throwIfAborted();
      return { code: followed.response.message.statusCode ?? 0, body: tail };
    } catch (error) {
      const why = signal.aborted ? 'context deadline exceeded' : textOf(error);
      throw new DockerError(`${failed}: ${why}`, { cause: error });
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function requestFor(host: DockerHost, method: string, path: string, body: object | undefined): HopRequest {
  const fields = new Map([['User-Agent', ['Go-http-client/1.1']]]);
  if (body !== undefined) fields.set('Content-Type', ['application/json']);
  return {
    method,
    url: {
      scheme: 'http',
      opaque: '',
      user: undefined,
      // Go shows the path of a socket so.
      host: host.address.replaceAll('/', '%2F'),
      path,
      rawPath: path,
      query: undefined,
      fragment: '',
    },
    // A socket has no name of its own; any that is valid will do.
    host: host.kind === 'unix' ? 'docker' : '',
    fields,
    body: Buffer.from(body === undefined ? '' : `${JSON.stringify(body)}\n`),
  };
}

/** Source: Go url.QueryEscape. */
function queryEscape(text: string): string {
  const escaped = [...Buffer.from(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(character)) return character;
    return character === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return escaped.join('');
}

function idIn(body: TailBuffer, failed: string): string {
  const { Id } = objectIn(body, failed);
  if (typeof Id === 'string') return Id;
  throw new DockerError(`${failed}: it has no Id`);
}

/** Right after the end of its output a run may still be shown as one that goes on, with no exit code. */
function exitCodeIn(body: TailBuffer, failed: string): number | undefined {
  const { ExitCode, Running } = objectIn(body, failed);
  if (Running === true) return undefined;
  if (typeof ExitCode === 'number') return ExitCode;
  throw new DockerError(`${failed}: it has no ExitCode`);
}

function objectIn(body: TailBuffer, failed: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(decodeText(body.bytes()));
  } catch (error) {
    throw new DockerError(`${failed}: ${textOf(error)}`, { cause: error });
  }
  if (typeof value === 'object' && value !== null) return { ...value };
  throw new DockerError(`${failed}: it is no object`);
}
