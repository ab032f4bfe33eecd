import { calculate } from './address-math.ts';
import { readAttribute } from './attributes.ts';
import { exclude, include } from './filters.ts';
import type { HostInterfaces } from './interface-entry.ts';
import {
  defaultInterfaces,
  firstOf,
  interfaceAddress,
  interfaceAddresses,
  privateAddresses,
  privateInterfaces,
  publicAddresses,
  publicInterfaces,
} from './named-addresses.ts';
import { sortEntries } from './order.ts';
import { TemplateFault } from './template-fault.ts';
import { defineFunction, type TemplateFunction } from './template-function.ts';
import { unique } from './unique.ts';

/** The functions of an address template for this machine. Source: go-sockaddr template/template.go. */
export function functionsFor(host: HostInterfaces): ReadonlyMap<string, TemplateFunction> {
  return new Map([
    ['GetAllInterfaces', defineFunction([], () => host.all)],
    ['GetDefaultInterfaces', defineFunction([], () => defaultInterfaces(host))],
    ['GetPrivateInterfaces', defineFunction([], () => privateInterfaces(host))],
    ['GetPublicInterfaces', defineFunction([], () => publicInterfaces(host))],
    ['GetPrivateIP', defineFunction([], () => firstOf(privateInterfaces(host)))],
    ['GetPrivateIPs', defineFunction([], () => privateAddresses(host))],
    ['GetPublicIP', defineFunction([], () => firstOf(publicInterfaces(host)))],
    ['GetPublicIPs', defineFunction([], () => publicAddresses(host))],
    ['GetInterfaceIP', defineFunction(['text'], (expression) => interfaceAddress(expression, host))],
    ['GetInterfaceIPs', defineFunction(['text'], (expression) => interfaceAddresses(expression, host))],
    ['include', defineFunction(['text', 'text', 'entries'], include)],
    ['exclude', defineFunction(['text', 'text', 'entries'], exclude)],
    ['sort', defineFunction(['text', 'entries'], (clauses, entries) => sortEntries(clauses, entries, host))],
    ['unique', defineFunction(['text', 'entries'], unique)],
    ['math', defineFunction(['text', 'text', 'entries'], calculate)],
    ['limit', defineFunction(['natural', 'entries'], (limit, entries) => entries.slice(0, limit))],
    ['offset', defineFunction(['whole', 'entries'], offset)],
    [
      'attr',
      defineFunction(['text', 'entries'], (attribute, [first]) =>
        first === undefined ? '' : readAttribute(attribute, first),
      ),
    ],
    [
      'join',
      defineFunction(['text', 'text', 'entries'], (attribute, separator, entries) =>
        entries.map((entry) => readAttribute(attribute, entry)).join(separator),
      ),
    ],
  ]);
}

/** The entries from a place on, which a negative number counts from the end. */
function offset<T>(place: number, entries: readonly T[]): readonly T[] {
  if (Math.abs(place) > entries.length) {
    throw new TemplateFault(
      `unable to seek past the end of the interface array: offset (${Math.abs(place)}) exceeds the number of interfaces (${entries.length})`,
    );
  }
  return entries.slice(place < 0 ? entries.length + place : place);
}
