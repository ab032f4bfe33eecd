import type { StreamId } from '../../ids.ts';
import type { SwimMember } from '../members/member-table.ts';

/** One probe round under way. At most one exists at a time. */
export interface ProbeRound {
  readonly target: SwimMember;
  /** The target's incarnation when the round began: a missing ack does not speak against a later one. */
  readonly incarnation: number;
  readonly seq: number;
  readonly sentAtMs: number;
  readonly endAtMs: number;
  /** When this process is to wake next to see whether it is on time; undefined once it has been late. */
  readonly watchAtMs: number | undefined;
  readonly phase: 'direct' | 'indirect';
  /** The direct ping left this machine, so its ack proves our own health too. */
  readonly wasSent: boolean;
  readonly nacksExpected: number;
  readonly nacksReceived: number;
  /** The stream pings, and whether one was acked. */
  readonly streamIds: readonly StreamId[];
  readonly isStreamAcked: boolean;
}

/**
 * While an ack is awaited, this process asks to be woken this often. When it wakes later than tolerated it was busy,
 * and the ack may have lain unread: the round trip then measures this process and not the network.
 */
export const watchIntervalMs = 10;
const watchToleranceMs = 5;

export function isOnTime({ watchAtMs }: ProbeRound, nowMs: number): boolean {
  return watchAtMs !== undefined && nowMs - watchAtMs <= watchToleranceMs;
}

/** The round with its end moved; its deadline is moved by the caller, with all others. */
export function postponeProbe(probe: ProbeRound, byMs: number): ProbeRound {
  return { ...probe, endAtMs: probe.endAtMs + byMs, watchAtMs: undefined };
}
