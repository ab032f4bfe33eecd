import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Deadlines } from './deadlines.ts';

describe('a table of deadlines', () => {
  test('gives passed deadlines one by one, earliest first, so that one can clear another', () => {
    const deadlines = new Deadlines<string>();
    deadlines.set('late', 20);
    deadlines.set('early', 10);
    deadlines.set('cleared meanwhile', 15);
    expect(deadlines.takeNextDue(30)).toBe('early');
    deadlines.clear('cleared meanwhile');
    expect(deadlines.takeNextDue(30)).toBe('late');
    expect(deadlines.takeNextDue(30)).toBeUndefined();
    expect(deadlines.nextMs()).toBeUndefined();
  });

  test('gives nothing before its time', () => {
    const deadlines = new Deadlines<string>();
    deadlines.set('a', 10);
    expect(deadlines.takeNextDue(9)).toBeUndefined();
    expect(deadlines.has('a')).toBe(true);
    expect(deadlines.takeNextDue(10)).toBe('a');
    expect(deadlines.has('a')).toBe(false);
  });

  test('moves a deadline that is set again, forwards and backwards', () => {
    const deadlines = new Deadlines<string>();
    deadlines.set('a', 10);
    deadlines.set('b', 12);
    deadlines.set('a', 20);
    expect(deadlines.nextMs()).toBe(12);
    deadlines.set('a', 5);
    expect(deadlines.nextMs()).toBe(5);
  });

  test('postpones only the deadlines that pass the condition', () => {
    const deadlines = new Deadlines<string>();
    deadlines.set('suspicion', 10);
    deadlines.set('round', 12);
    deadlines.postpone(100, (key) => key !== 'round');
    expect(deadlines.takeNextDue(200)).toBe('round');
    expect(deadlines.nextMs()).toBe(110);
  });

  test('behaves like a plain map under any use, with many cancelled entries too', () => {
    const key = fc.integer({ min: 0, max: 40 }).map(String);
    const action = fc.oneof(
      fc.record({ do: fc.constant('set' as const), key, atMs: fc.integer({ min: 0, max: 100 }) }),
      fc.record({ do: fc.constant('clear' as const), key }),
      fc.record({ do: fc.constant('take' as const), nowMs: fc.integer({ min: 0, max: 100 }) }),
      fc.record({ do: fc.constant('postpone' as const), byMs: fc.integer({ min: 1, max: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 400 }), (actions) => {
        const deadlines = new Deadlines<string>();
        const model = new Map<string, number>();
        const earliest = (): number | undefined =>
          model.size === 0 ? undefined : Math.min(...model.values());
        for (const step of actions) {
          if (step.do === 'set') {
            deadlines.set(step.key, step.atMs);
            model.set(step.key, step.atMs);
          } else if (step.do === 'clear') {
            deadlines.clear(step.key);
            model.delete(step.key);
          } else if (step.do === 'postpone') {
            deadlines.postpone(step.byMs, (name) => Number(name) % 2 === 0);
            for (const [name, atMs] of model) if (Number(name) % 2 === 0) model.set(name, atMs + step.byMs);
          } else {
            const taken = deadlines.takeNextDue(step.nowMs);
            const due = earliest();
            if (due === undefined || due > step.nowMs) expect(taken).toBeUndefined();
            else expect(model.get(taken ?? '')).toBe(due);
            model.delete(taken ?? '');
          }
          expect(deadlines.nextMs()).toBe(earliest());
        }
      }),
    );
  });
});
