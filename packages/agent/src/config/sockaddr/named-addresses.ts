import { readAttribute } from './attributes.ts';
import { include } from './filters.ts';
import type { HostInterfaces, InterfaceEntry } from './interface-entry.ts';
import { isForwardable, isPrivate } from './known-networks.ts';
import { sortEntries } from './order.ts';
import { TemplateFault } from './template-fault.ts';

type Entries = readonly InterfaceEntry[];

/** Source of all: go-sockaddr ifaddr.go and ifaddrs.go, the functions of the same names. */

/** Addresses of the interface with the default route. @throws TemplateFault when there is none. */
export function defaultInterfaces({ all, defaultName }: HostInterfaces): Entries {
  if (defaultName === undefined) throw new TemplateFault('No default interface found');
  return all.filter(({ name }) => name === defaultName);
}

/** Private addresses that routers pass on, those of the default route first. */
export function privateInterfaces(host: HostInterfaces): Entries {
  return usableInterfaces(host).filter(({ network }) => isPrivate(network));
}

/** Addresses that are not private and that routers pass on, those of the default route first. */
export function publicInterfaces(host: HostInterfaces): Entries {
  return usableInterfaces(host).filter(({ network }) => !isPrivate(network));
}

/** All private addresses, of every interface, that routers pass on. */
export function privateAddresses(host: HostInterfaces): string {
  const inOrder = sortEntries('type,size', host.all, host);
  return joined(inOrder.filter(({ network }) => isPrivate(network) && isForwardable(network)));
}

/** All addresses of every interface that are not private. */
export function publicAddresses(host: HostInterfaces): string {
  return joined(sortEntries('type,size', host.all, host).filter(({ network }) => !isPrivate(network)));
}

/** The first address that routers pass on, of the interfaces whose name the expression matches; empty without one. */
export function interfaceAddress(expression: string, host: HostInterfaces): string {
  const found = include('flags', 'forwardable', include('name', expression, host.all));
  return firstOf(sortEntries('type,size', found, host));
}

/** All addresses of the interfaces whose name the expression matches. */
export function interfaceAddresses(expression: string, host: HostInterfaces): string {
  return joined(sortEntries('type,size', include('name', expression, host.all), host));
}

/** The first address of the list, or an empty text. */
export function firstOf([first]: Entries): string {
  return first === undefined ? '' : readAttribute('address', first);
}

function usableInterfaces(host: HostInterfaces): Entries {
  const usable = include('flags', 'up', include('flags', 'forwardable', host.all));
  return sortEntries('default,type,size', usable, host);
}

function joined(entries: Entries): string {
  return entries.map((entry) => readAttribute('address', entry)).join(' ');
}
