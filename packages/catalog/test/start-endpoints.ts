import { seededRng, VirtualClock } from '@hobnob/gossip/testing';
import type { EndpointContext } from '../src/endpoints/context.ts';
import { createEndpoints } from '../src/endpoints/endpoints.ts';
import type { RpcMethod, RpcMethods } from '../src/endpoints/methods.ts';
import { everything } from '../src/endpoints/rpc.ts';
import { Filters } from '../src/filter/index.ts';
import { LeaderTimers } from '../src/leader/leader-timers.ts';
import { SingleLog } from '../src/log/single-log.ts';
import { WatchedStore } from '../src/watch/watched-store.ts';
import { registration } from './requests.ts';

/** The endpoints of a server that is alone, on a clock that stands still. */
export function startEndpoints(over: Pick<EndpointContext, 'nextTurn' | 'coordinatePeriodMs'> = {}) {
  const clock = new VirtualClock();
  const state = new WatchedStore({ clock });
  const log = new SingleLog({ machine: state, address: '127.0.0.1:8300' });
  const wallClock = { nowMs: () => Date.UTC(2026, 0, 1) + clock.nowMs() };
  const timers = new LeaderTimers({
    state,
    log,
    clock,
    wallClock,
    datacenter: 'dc1',
    onSessionEnd: () => undefined,
    onProblem: () => undefined,
  });
  timers.start();
  let ids = 0;
  const endpoints = createEndpoints({
    state,
    log,
    clock,
    wallClock,
    newId: () => `00000000-0000-0000-0000-${String(++ids).padStart(12, '0')}`,
    sessions: timers,
    rng: seededRng(1),
    datacenter: 'dc1',
    filters: new Filters(),
    datacenters: () => [{ Datacenter: 'dc1', AreaID: 'wan', Coordinates: [] }],
    ...over,
  });
  const call = <M extends RpcMethod>(method: M, request: RpcMethods[M]['request']) =>
    endpoints.call(method, request, { authority: everything });
  const register = (wanted: Parameters<typeof registration>[0]) =>
    call('Catalog.Register', registration(wanted));
  return { clock, wallClock, timers, state, log, endpoints, call, register };
}
