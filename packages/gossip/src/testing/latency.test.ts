import { describe, expect, test } from 'vitest';
import { exponentialMs, type LatencyDistribution, latency, logNormalMs, normalMs } from './latency.ts';
import { seededRng } from './seeded-rng.ts';

const drawsCount = 20_000;

function sorted(draw: LatencyDistribution): readonly number[] {
  const rng = seededRng(1);
  return Array.from({ length: drawsCount }, () => draw(rng)).sort((a, b) => a - b);
}

const at = (values: readonly number[], share: number): number =>
  values[Math.floor(share * drawsCount)] ?? Number.NaN;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a distribution of delays', () => {
  test('that is exponential has the given mean', () => {
    expect(mean(sorted(exponentialMs({ meanMs: 20 })))).toBeCloseTo(20, 0);
  });

  test('that is normal has the given mean and deviation, and is never negative', () => {
    const values = sorted(normalMs({ meanMs: 100, deviationMs: 10 }));
    expect(mean(values)).toBeCloseTo(100, 0);
    expect(at(values, 0.841)).toBeCloseTo(110, -1);
    expect(at(sorted(normalMs({ meanMs: 1, deviationMs: 10 })), 0)).toBe(0);
  });

  test('that is log-normal has the given median and 99th percentile', () => {
    const values = sorted(logNormalMs({ medianMs: 2, p99Ms: 80 }));
    expect(at(values, 0.5) / 2).toBeCloseTo(1, 1);
    expect(at(values, 0.99) / 80).toBeCloseTo(1, 0);
  });

  test.each([
    () => exponentialMs({ meanMs: -1 }),
    () => normalMs({ meanMs: 1, deviationMs: -1 }),
    () => logNormalMs({ medianMs: 0, p99Ms: 1 }),
    () => logNormalMs({ medianMs: 2, p99Ms: 1 }),
  ])('refuses what no delay can have (%#)', (make) => {
    expect(make).toThrow(RangeError);
  });

  test('becomes a rule that draws a delay for each transfer', () => {
    const rule = latency(exponentialMs({ meanMs: 20 }));
    const address = { host: '10.0.0.1', port: 1 };
    const transfer = { kind: 'packet', from: address, to: address, bytesCount: 1 } as const;
    const rng = seededRng(3);
    expect(rule(transfer, rng)).not.toEqual(rule(transfer, rng));
  });
});
