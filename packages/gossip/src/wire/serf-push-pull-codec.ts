import {
  readArrayHeader,
  readBytesCopy,
  readMapHeader,
  readText,
  readUint,
  skipNil,
} from '../codec/msgpack-read.ts';
import {
  keyBytes,
  writeArrayHeader,
  writeMapHeader,
  writeNil,
  writeRaw,
  writeRawText,
  writeUint,
} from '../codec/msgpack-tokens.ts';
import type { Reader } from '../codec/reader.ts';
import { StructShape } from '../codec/struct.ts';
import { Writer } from '../codec/writer.ts';
import { type EventSlot, SerfMessageType, type SerfPushPull } from './serf-messages.ts';

/**
 * Serf's part of a push/pull: `02 | {EventLTime, Events, LTime, LeftMembers, QueryLTime, StatusLTimes}`.
 *
 * Peers send `Events` as their whole ring of 512 slots, nil where unused; this encoder writes the used
 * slots only, which peers accept. It writes token by token, because the message names every member. Source: serf messages.go messagePushPull.
 */
const pushPullShape = new StructShape([
  'LTime',
  'StatusLTimes',
  'LeftMembers',
  'EventLTime',
  'Events',
  'QueryLTime',
]);
const slotShape = new StructShape(['LTime', 'Events']);
const eventShape = new StructShape(['Name', 'Payload']);

const key = {
  eventTime: keyBytes('EventLTime'),
  events: keyBytes('Events'),
  leftMembers: keyBytes('LeftMembers'),
  name: keyBytes('Name'),
  payload: keyBytes('Payload'),
  queryTime: keyBytes('QueryLTime'),
  statusTimes: keyBytes('StatusLTimes'),
  time: keyBytes('LTime'),
} as const;

const noBytes = new Uint8Array(0);
/** A member's name and its time. */
const memberBytesGuess = 24;

type SlotEvent = EventSlot['events'][number];

export function encodeSerfPushPull(state: SerfPushPull): Uint8Array {
  const writer = new Writer(128 + state.statusTimes.size * memberBytesGuess);
  writer.u8(SerfMessageType.pushPull);
  writeMapHeader(writer, 6);
  writer.bytes(key.eventTime);
  writeUint(writer, state.eventTime);
  writer.bytes(key.events);
  writeArrayHeader(writer, state.events.length);
  for (const slot of state.events) writeSlot(writer, slot);
  writer.bytes(key.time);
  writeUint(writer, state.lamportTime);
  writer.bytes(key.leftMembers);
  writeArrayHeader(writer, state.leftMembers.length);
  for (const name of state.leftMembers) writeRawText(writer, name);
  writer.bytes(key.queryTime);
  writeUint(writer, state.queryTime);
  writer.bytes(key.statusTimes);
  writeMapHeader(writer, state.statusTimes.size);
  for (const [name, time] of state.statusTimes) {
    writeRawText(writer, name);
    writeUint(writer, time);
  }
  return writer.finish();
}

/** Decodes the body behind the type byte. @throws WireError WIRE_MALFORMED, WIRE_TRUNCATED, WIRE_LIMIT. */
export function decodeSerfPushPull(reader: Reader): SerfPushPull {
  let lamportTime = 0;
  let statusTimes: ReadonlyMap<string, number> = new Map();
  let leftMembers: readonly string[] = [];
  let eventTime = 0;
  let events: readonly EventSlot[] = [];
  let queryTime = 0;
  const struct = pushPullShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'LTime') lamportTime = readUint(reader);
    else if (name === 'StatusLTimes') statusTimes = readTimes(reader);
    else if (name === 'LeftMembers') leftMembers = readNames(reader);
    else if (name === 'EventLTime') eventTime = readUint(reader);
    else if (name === 'Events') events = readSlots(reader);
    else queryTime = readUint(reader);
  }
  return { type: 'serf-push-pull', lamportTime, statusTimes, leftMembers, eventTime, events, queryTime };
}

function writeSlot(writer: Writer, { lamportTime, events }: EventSlot): void {
  writeMapHeader(writer, 2);
  writer.bytes(key.events);
  writeArrayHeader(writer, events.length);
  for (const { name, payload } of events) {
    writeMapHeader(writer, 2);
    writer.bytes(key.name);
    writeRawText(writer, name);
    writer.bytes(key.payload);
    if (payload.length === 0) writeNil(writer);
    else writeRaw(writer, payload);
  }
  writer.bytes(key.time);
  writeUint(writer, lamportTime);
}

function readTimes(reader: Reader): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (let left = readMapHeader(reader); left > 0; left -= 1) {
    const name = readText(reader);
    times.set(name, readUint(reader));
  }
  return times;
}

function readNames(reader: Reader): readonly string[] {
  const names: string[] = [];
  for (let left = readArrayHeader(reader); left > 0; left -= 1) names.push(readText(reader));
  return names;
}

function readSlots(reader: Reader): readonly EventSlot[] {
  const slots: EventSlot[] = [];
  for (let left = readArrayHeader(reader); left > 0; left -= 1) {
    if (!skipNil(reader)) slots.push(readSlot(reader));
  }
  return slots;
}

function readSlot(reader: Reader): EventSlot {
  let lamportTime = 0;
  let events: readonly SlotEvent[] = [];
  const struct = slotShape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'LTime') lamportTime = readUint(reader);
    else events = readEvents(reader);
  }
  return { lamportTime, events };
}

function readEvents(reader: Reader): readonly SlotEvent[] {
  const events: SlotEvent[] = [];
  for (let left = readArrayHeader(reader); left > 0; left -= 1) {
    let eventName = '';
    let payload: Uint8Array = noBytes;
    const struct = eventShape.open(reader);
    for (let name = struct.next(); name !== undefined; name = struct.next()) {
      if (name === 'Name') eventName = readText(reader);
      else payload = readBytesCopy(reader);
    }
    events.push({ name: eventName, payload });
  }
  return events;
}
