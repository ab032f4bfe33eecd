import type { SlotHistory } from './history.ts';
import type { Read, Shown } from './read.ts';
import type { SlotState } from './slot.ts';

/** What one answer showed of one slot, and should not have. */
export interface Fault {
  readonly slot: number;
  readonly shown: readonly string[];
  /** What it could have shown, oldest first. */
  readonly allowed: readonly (readonly string[])[];
  /** How many acknowledged writes are missing; undefined when the slot never was in such a state. */
  readonly writesBehind: number | undefined;
}

/**
 * Compares an answer with the states that each slot was in between the read's begin and its answer. `acknowledged` are
 * the numbers of the slots' newest acknowledged states when the read began.
 */
export function judge(
  read: Read,
  body: unknown,
  histories: readonly SlotHistory[],
  acknowledged: readonly number[],
): readonly Fault[] {
  const shownOf = bySlot(read.observed(body), histories.length);
  return histories.flatMap((history, slot) => {
    const window = { from: acknowledged[slot] ?? 0, to: history.begun };
    const shown = shownOf[slot] ?? [];
    const isShown = (state: SlotState) => same(read.expected(slot, state), shown);
    if (history.find(window, isShown) !== undefined) return [];
    let older: number | undefined;
    for (let at = window.from - 1; at >= 0 && older === undefined; at -= 1)
      if (isShown(history.state(at))) older = at;
    const allowed: (readonly string[])[] = [];
    for (let at = window.from; at <= window.to; at += 1) allowed.push(read.expected(slot, history.state(at)));
    return [{ slot, shown, allowed, writesBehind: older === undefined ? undefined : window.from - older }];
  });
}

function bySlot(shown: readonly Shown[], slots: number): readonly (readonly string[])[] {
  const lists: string[][] = Array.from({ length: slots }, () => []);
  for (const { slot, text } of shown) lists[slot]?.push(text);
  return lists.map((list) => list.toSorted());
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, at) => text === right[at]);
}
