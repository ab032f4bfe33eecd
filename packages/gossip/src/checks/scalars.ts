import { types } from 'node:util';
import { quote } from './describe.ts';
import { type Kind, refuse, refuseFound } from './kind.ts';

/** A year. A longer duration is a mistake in the unit. */
const durationMsMax = 365 * 24 * 3600 * 1000;

/** Bounds of a number, both included. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** True or false, and nothing that only resembles them. */
export const flag: Kind<boolean> = {
  allowed: 'true or false',
  read(value, place) {
    return typeof value === 'boolean' ? value : refuse(place, value, this.allowed);
  },
};

/** Any number but NaN and the infinities. */
export const finiteNumber: Kind<number> = {
  allowed: 'a number',
  read(value, place) {
    return typeof value === 'number' && Number.isFinite(value) ? value : refuse(place, value, this.allowed);
  },
};

/** A number without fraction. */
export function wholeNumber({ min = 0, max = Number.MAX_SAFE_INTEGER }: Range = {}): Kind<number> {
  const allowed = `a whole number from ${min} to ${max}`;
  return {
    allowed,
    read: (value, place) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
        ? value
        : refuse(place, value, allowed),
  };
}

/** A size in bytes. */
export function byteCount(range: Range): Kind<number> {
  return { ...wholeNumber(range), unit: 'bytes' };
}

/** A time in milliseconds; fractions are allowed. At most a year by default. */
export function milliseconds({ min = 1, max = durationMsMax }: Range = {}): Kind<number> {
  const allowed = `a number of milliseconds from ${min} to ${max}`;
  return {
    allowed,
    unit: 'ms',
    read: (value, place) =>
      typeof value === 'number' && value >= min && value <= max ? value : refuse(place, value, allowed),
  };
}

/** Bounds of a text, in bytes of UTF-8. */
export interface TextLimits {
  readonly bytesMin?: number;
  readonly bytesMax?: number;
  /** Instead of a sentence about the bounds. */
  readonly allowed?: string;
}

/** Text that UTF-8 can carry. */
export function text({ bytesMin = 0, bytesMax, allowed }: TextLimits = {}): Kind<string> {
  const upTo = bytesMax === undefined ? 'text' : `text of ${bytesMin} to ${bytesMax} bytes of UTF-8`;
  const sentence = allowed ?? (bytesMax === undefined && bytesMin > 0 ? 'text that is not empty' : upTo);
  return {
    allowed: sentence,
    read(value, place) {
      if (typeof value !== 'string') return refuse(place, value, sentence);
      if (/\p{Surrogate}/u.test(value)) return refuseFound(place, 'text with half a character', sentence);
      const bytes = Buffer.byteLength(value);
      if (bytes >= bytesMin && bytes <= (bytesMax ?? Number.POSITIVE_INFINITY)) return value;
      if (bytes <= 1 || place.isSecret) return refuse(place, value, sentence);
      return refuseFound(place, `${quote(value)}, which has ${bytes} bytes`, sentence);
    },
  };
}

/** Bytes, of which nothing is shown: payloads belong to their sender and receiver. */
export const bytes: Kind<Uint8Array> = {
  allowed: 'bytes: a Uint8Array or a Buffer',
  read(value, place) {
    if (types.isUint8Array(value)) return value;
    const hint = typeof value === 'string' ? 'of text: Buffer.from(text)' : undefined;
    return refuse({ ...place, isSecret: true }, value, this.allowed, hint);
  },
};

/** The path of a file or folder. */
export const filePath: Kind<string> = {
  allowed: 'the path of a file',
  read(value, place) {
    const isPath = typeof value === 'string' && value !== '' && !value.includes('\0');
    return isPath ? value : refuse(place, value, this.allowed);
  },
};

/** One of a few values. */
export function oneOf<const T extends string | number>(...values: readonly T[]): Kind<T> {
  const shown = values.map((value) => JSON.stringify(value));
  const allowed = `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
  return {
    allowed,
    read: (value, place) => values.find((known) => known === value) ?? refuse(place, value, allowed),
  };
}

/** A function; what it does is its own matter. */
export function callable<F extends (...args: never[]) => unknown>(): Kind<F> {
  const allowed = 'a function';
  return {
    allowed,
    // What a function takes and gives cannot be seen from outside.
    read: (value, place) => (typeof value === 'function' ? (value as F) : refuse(place, value, allowed)),
  };
}

/** An AbortSignal, of whichever realm or library. */
export const abortSignal: Kind<AbortSignal> = {
  allowed: 'an AbortSignal',
  read(value, place) {
    return isAbortSignal(value) ? value : refuse(place, value, this.allowed);
  },
};

function isAbortSignal(value: unknown): value is AbortSignal {
  if (value instanceof AbortSignal) return true;
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  try {
    const signal = value as Partial<AbortSignal>;
    const methods = [signal.throwIfAborted, signal.addEventListener, signal.removeEventListener];
    return typeof signal.aborted === 'boolean' && methods.every((method) => typeof method === 'function');
  } catch {
    return false;
  }
}
