import { describe, expect, test } from 'vitest';
import { recordingLogger } from '../../test/support/recording-logger.ts';
import type { Logger } from '../ports.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { CallbackErrors } from './callback-errors.ts';

function errorsWith(logger: Logger | undefined) {
  const clock = new VirtualClock();
  const warnings: { readonly message: string; readonly detail: string }[] = [];
  const warn = (message: string, detail: string): number => warnings.push({ message, detail });
  return { clock, warnings, errors: new CallbackErrors({ member: 'm1', logger, clock, warn }) };
}

const failed = 'an event listener failed';

describe('an error of the application', () => {
  test('is counted and logged with its fields', () => {
    const { logger, lines } = recordingLogger();
    const { errors, warnings } = errorsWith(logger);
    const error = new Error('a bug');
    errors.report('listener', failed, { event: 'query' }, error);
    expect(errors.counts).toEqual({ listener: 1, admission: 0, logger: 0 });
    expect(lines).toEqual([{ level: 'error', fields: { err: error, event: 'query' }, message: failed }]);
    expect(warnings).toEqual([]);
  });

  test('that occurs a thousand times is counted each time and logged a few times', () => {
    const { logger, lines } = recordingLogger();
    const { errors } = errorsWith(logger);
    for (let i = 0; i < 1000; i += 1) errors.report('listener', failed, { event: 'query' }, i);
    expect(errors.counts.listener).toBe(1000);
    expect(lines).toHaveLength(10);
  });

  test('becomes a process warning without a logger, once a minute, with the number of suppressed ones', () => {
    const { errors, clock, warnings } = errorsWith(undefined);
    errors.report('listener', failed, { event: 'query' }, new Error('first'));
    for (let i = 0; i < 5; i += 1) errors.report('listener', failed, { event: 'query' }, new Error('more'));
    clock.advance(59_999);
    errors.report('listener', failed, { event: 'user-event' }, new Error('more'));
    expect(warnings).toEqual([
      { message: 'an event listener failed: query', detail: expect.stringContaining('Error: first') },
    ]);
    clock.advance(1);
    errors.report('listener', failed, { event: 'query' }, new Error('last'));
    expect(warnings.slice(1)).toEqual([
      {
        message: 'an event listener failed: query (6 more since the last warning)',
        detail: expect.stringContaining('Error: last'),
      },
    ]);
    expect(errors.counts.listener).toBe(8);
  });

  test.each([
    ['undefined', () => undefined],
    ['an object without a prototype', () => Object.create(null)],
    ['a symbol', () => Symbol('s')],
    ['an error whose message throws', hostileError],
    ['a proxy that throws', hostileProxy],
    ['a megabyte of text', () => 'x'.repeat(1_000_000)],
  ])('that is %s is described in a few lines', (_, makeError: () => unknown) => {
    const { errors, warnings } = errorsWith(undefined);
    errors.report('listener', failed, { event: 'query' }, makeError());
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.detail.length).toBeLessThan(2001);
  });
});

describe('a call', () => {
  const thrown = new Error('thrown');
  test.each([
    ['throws', () => raise(thrown)],
    ['returns a promise that is rejected', () => Promise.reject(thrown)],
    ['is an async function that throws later', async () => Promise.resolve().then(() => raise(thrown))],
    ['returns an object whose `then` throws', () => withThen({ value: () => raise(thrown) })],
    ['returns an object whose `then` is a getter that throws', () => withThen({ get: () => raise(thrown) })],
    ['returns a function whose `then` rejects twice', () => rejectingFunction(thrown)],
  ])('that %s reports the thrown value once', async (_, call) => {
    const { errors } = errorsWith(undefined);
    const seen: unknown[] = [];
    errors.run(call, (error) => seen.push(error));
    await turn();
    expect(seen).toEqual([thrown]);
  });

  test.each([
    ['nothing', () => undefined],
    ['null', () => null],
    ['a number', () => 1],
    ['a promise that is kept', () => Promise.resolve(1)],
    ['a promise that is never settled', () => new Promise(() => undefined)],
  ])('that returns %s reports no error', async (_, call) => {
    const { errors } = errorsWith(undefined);
    const seen: unknown[] = [];
    errors.run(call, (error) => seen.push(error));
    await turn();
    expect(seen).toEqual([]);
  });
});

describe('a logger', () => {
  test.each([
    ['throws', () => raise(new Error('disk full'))],
    ['returns a promise that is rejected', () => Promise.reject(new Error('disk full'))],
  ])(
    'that %s is counted, becomes a process warning, and does not throw into its caller',
    async (_, write) => {
      const logger: Logger = { error: write, warn: write, info: write, debug: write, trace: write };
      const { errors, warnings } = errorsWith(logger);
      errors.logger.info({}, 'started');
      errors.logger.warn({}, 'slow');
      errors.report('listener', failed, {}, new Error('a bug'));
      await turn();
      expect(errors.counts).toEqual({ listener: 1, admission: 0, logger: 3 });
      expect(warnings).toEqual([
        { message: 'the logger failed at "started"', detail: expect.stringContaining('disk full') },
      ]);
    },
  );

  test('is called as a method of its own object', () => {
    const { logger, lines } = recordingLogger();
    class Child {
      readonly #to = logger;
      error = (fields: object, message: string): void => this.#to.error(fields, message);
      warn = this.error;
      debug = this.error;
      trace = this.error;
      info(fields: object, message: string): void {
        this.#to.info(fields, message);
      }
    }
    errorsWith(new Child()).errors.logger.info({}, 'hello');
    expect(lines).toEqual([{ level: 'info', fields: {}, message: 'hello' }]);
  });
});

function raise(error: unknown): never {
  throw error;
}

/** All promises that are settled by now have called back after it. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function withThen(property: PropertyDescriptor): object {
  return Object.defineProperty({}, 'then', property);
}

function rejectingFunction(error: unknown): object {
  const then = (_: unknown, reject: (reason: unknown) => void): void => {
    reject(error);
    reject(error);
  };
  return Object.assign(() => undefined, { then });
}

function hostileError(): Error {
  const error = new Error('hidden');
  const get = (): never => raise(new Error('no message for you'));
  for (const key of ['stack', 'name', 'message', 'toString']) Object.defineProperty(error, key, { get });
  return error;
}

function hostileProxy(): object {
  const trap = (): never => raise(new Error('no look for you'));
  return new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap });
}
