import { quote } from '@hobnob/catalog/go';
import type { InterfaceEntry } from './interface-entry.ts';
import {
  addressBits,
  allOnes,
  firstAddress,
  formatNetwork,
  hostMask,
  type IpNetwork,
  lastAddress,
  netmask,
} from './ip-network.ts';
import { TemplateFault } from './template-fault.ts';

type Operation = (value: string, network: IpNetwork) => IpNetwork;

/** Source: go-sockaddr ifaddrs.go IfAddrMath. */
const operations: Readonly<Record<string, Operation>> = {
  /** Adds to the address, and goes on at the other end of all addresses of its family. */
  address: (value, network) => moveTo(network, network.address + signedNumber('address', value, network)),
  /** Counts from the first address of the network, or with a negative value back from its last. */
  network: (value, network) => {
    const steps = signedNumber('network', value, network);
    return moveTo(
      network,
      steps < 0n
        ? lastAddress(network) - ((-steps - 1n) & hostMask(network))
        : firstAddress(network) + (steps & hostMask(network)),
    );
  },
  /** Keeps that many bits of the address; a larger network replaces its own. */
  mask: (value, network) => {
    const bitsMax = addressBits(network.family);
    if (!/^\d+$/.test(value)) {
      throw new TemplateFault(`unable to convert ${quote(value)} to int for operation "mask"`);
    }
    if (Number(value) > bitsMax) {
      throw new TemplateFault(
        `parameter for operation "mask" on ipv${network.family} addresses must be between 0 and ${bitsMax}`,
      );
    }
    const prefixBits = Number(value);
    const address = network.address & netmask({ ...network, prefixBits });
    return { ...network, address, prefixBits: Math.min(prefixBits, network.prefixBits) };
  },
};

/** Changes every address of the list. @throws TemplateFault for an operation or value that is none. */
export function calculate(
  operation: string,
  value: string,
  entries: readonly InterfaceEntry[],
): readonly InterfaceEntry[] {
  const key = operation.toLowerCase();
  return entries.map((entry) => {
    try {
      const operate = Object.hasOwn(operations, key) ? operations[key] : undefined;
      if (operate === undefined) throw new TemplateFault(`unsupported math operation: ${quote(operation)}`);
      return { ...entry, network: operate(value, entry.network) };
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      const subject = `${formatNetwork(entry.network)} of ${entry.name}`;
      throw new TemplateFault(`unable to perform an IPMath operation on ${subject}: ${error.message}`);
    }
  });
}

function moveTo(network: IpNetwork, address: bigint): IpNetwork {
  return { ...network, address: address & allOnes(network.family) };
}

/** A decimal number with its sign, of at most 33 bits for IPv4 and 64 bits for IPv6. */
function signedNumber(operation: string, text: string, { family }: IpNetwork): bigint {
  if (!/^\s*[+-]/.test(text)) {
    throw new TemplateFault(`sign (+/-) is required for operation ${quote(operation)}`);
  }
  const limit = 1n << (family === 4 ? 32n : 63n);
  const number = /^[+-]\d+$/.test(text) ? BigInt(text.replace('+', '')) : limit;
  if (number >= limit || number < -limit) {
    throw new TemplateFault(`unable to convert ${quote(text)} to int for operation ${quote(operation)}`);
  }
  return number;
}
