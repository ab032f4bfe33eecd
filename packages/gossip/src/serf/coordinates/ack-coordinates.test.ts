import { expect, test } from 'vitest';
import { SerfFixture, selfName } from '../../../test/serf-fixture.ts';
import { decodeCoordinate, encodeCoordinate } from '../../wire/coordinate-codec.ts';
import type { SerfEffect } from '../types.ts';
import { origin } from './vivaldi.ts';

const away = { ...origin, vec: [0.01, 0, 0, 0, 0, 0, 0, 0] };
const farPayload = encodeCoordinate(away);

function ack(fixture: SerfFixture, name: string, payload: Uint8Array, rttMs = 20): readonly SerfEffect[] {
  return fixture.step({ type: 'probe-answered', name, rttMs, payload });
}

test('an ack sets the coordinate of its member and moves ours', () => {
  const fixture = new SerfFixture();
  fixture.up('peer');
  expect(ack(fixture, 'peer', farPayload)).toEqual([]);
  expect(fixture.serf.coordinate('peer')).toEqual(away);
  const own = fixture.serf.coordinate(selfName);
  expect(own?.error).toBeLessThan(1.5);
  expect(decodeCoordinate(fixture.serf.ackPayload())).toEqual(own);
});

test('only members have a coordinate, and an erased one has none', () => {
  const fixture = new SerfFixture({ timing: { reconnectTimeoutMs: 60_000 } });
  ack(fixture, 'stranger', farPayload);
  expect(fixture.serf.coordinate('stranger')).toBeUndefined();
  fixture.up('peer');
  ack(fixture, 'peer', farPayload);
  fixture.down('peer');
  fixture.advanceBy(50_000);
  expect(fixture.serf.coordinate('peer')).toEqual(away);
  fixture.advanceBy(50_000);
  expect(fixture.serf.coordinate('peer')).toBeUndefined();
});

test('an ack without a coordinate, or of another version, is not counted as invalid', () => {
  const fixture = new SerfFixture();
  fixture.up('peer');
  expect(ack(fixture, 'peer', new Uint8Array(0))).toEqual([]);
  expect(ack(fixture, 'peer', Uint8Array.of(2, 0xff))).toEqual([]);
  expect(fixture.serf.dropped).toEqual({});
});

test('an invalid coordinate is counted each time and logged once a minute', () => {
  const fixture = new SerfFixture();
  fixture.up('peer');
  const flat = encodeCoordinate({ ...away, vec: [0] });
  const notes = [Uint8Array.of(1, 0xc1), flat].flatMap((payload) => ack(fixture, 'peer', payload));
  expect(notes).toMatchObject([{ type: 'note', level: 'warn', fields: { member: 'peer' } }]);
  expect(fixture.serf.dropped).toEqual({ coordinate: 2 });
  expect(fixture.serf.coordinate('peer')).toBeUndefined();
});

test('with coordinates off none is sent and none is stored', () => {
  const { serf } = new SerfFixture({ coordinates: false });
  serf.step({ type: 'probe-answered', name: selfName, rttMs: 20, payload: farPayload }, 0);
  expect(serf.ackPayload()).toHaveLength(0);
  expect(serf.coordinate(selfName)).toBeUndefined();
  expect(serf.coordinateResets).toBe(0);
});

test('the clocks continue from the times of an earlier instance', () => {
  const recovered = { lamportTime: 41, eventTime: 0, queryTime: 7 };
  const { serf } = new SerfFixture({ recovered });
  expect(serf.times).toEqual({ memberTime: 42, eventTime: 1, queryTime: 8 });
});
