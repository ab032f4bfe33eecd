import type { Entropy, Rng } from '../ports.ts';

/** A random generator that a seed repeats exactly. */
export interface SeededRng extends Rng {
  readonly seed: number;
  /**
   * An independent generator for one purpose. It depends only on the seed and the label, not on earlier draws, so that a
   * new use of randomness in one place changes no other.
   */
  fork(label: string): SeededRng;
}

/**
 * xoshiro128** (Blackman, Vigna 2018), its state filled by splitmix32 from the seed.
 * @throws RangeError when `seed` is not a safe integer.
 */
export function seededRng(seed: number): SeededRng {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a safe integer, not ${seed}`);
  // Both halves of the seed count, so that no two seeds in use give the same numbers.
  const upper = Math.floor(seed / 2 ** 32);
  const nextSeedWord = splitmix32((splitmix32(seed >>> 0)() + upper) >>> 0);
  const state = Uint32Array.from({ length: 4 }, nextSeedWord);
  return {
    seed,
    next: () => nextWord(state) / 2 ** 32,
    fork: (label) => seededRng(forkedSeed(seed, label)),
  };
}

/** Entropy for tests: repeatable, and never secret. */
export function seededEntropy(rng: Rng): Entropy {
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(rng.next() * 256)),
  };
}

function splitmix32(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x21f0_aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a_2d97);
    return (word ^ (word >>> 15)) >>> 0;
  };
}

function nextWord(state: Uint32Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = state;
  const word = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
  const e = c ^ a;
  const f = d ^ b;
  state[0] = a ^ f;
  state[1] = b ^ e;
  state[2] = e ^ (b << 9);
  state[3] = rotateLeft(f, 11);
  return word;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** FNV-1a over the seed's decimal digits and the label. */
function forkedSeed(seed: number, label: string): number {
  let hash = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(`${seed}/${label}`)) {
    hash = Math.imul(hash ^ byte, 0x0100_0193);
  }
  return hash >>> 0;
}
