import { isIP } from 'node:net';
import { types } from 'node:util';
import { type Kind, refuse, refuseFound } from '../checks/kind.ts';
import { mapOf } from '../checks/objects.ts';
import { text, wholeNumber } from '../checks/scalars.ts';
import { GossipError } from '../errors.ts';
import { canonicalHost, isWildcardHost } from '../io/socket-address.ts';
import { isKeyLength, keyFromText } from '../serf/queries/key-ring.ts';
import { metaBytesMax } from '../wire/limits.ts';
import { encodeTags } from '../wire/tags.ts';

/** Kinds of values that only the options of a gossip have. */

/** An address to listen on. Names are refused: their address may change, and that of the socket would not. */
export const bindHost: Kind<string> = {
  allowed: 'a numeric IPv4 or IPv6 address',
  read(value, place) {
    if (typeof value === 'string' && isIP(value) !== 0) return value;
    return refuse(place, value, this.allowed, typeof value === 'string' ? hostHint(value) : undefined);
  },
};

/** An address to announce, in the canonical text that peers use too. */
export const advertiseHost: Kind<string> = {
  allowed: 'a numeric IPv4 or IPv6 address that others can reach',
  read(value, place) {
    const host = bindHost.read(value, place);
    if (host === undefined) return undefined;
    return isWildcardHost(host) ? refuse(place, host, this.allowed) : canonicalHost(host);
  },
};

function hostHint(written: string): string | undefined {
  const bare = /^\[(.*)\]$/.exec(written)?.[1];
  if (bare !== undefined && isIP(bare) === 6) return `write ${bare}, without brackets`;
  if (written.toLowerCase() === 'localhost') return 'names are not resolved: write 127.0.0.1 or ::1';
  const host = /^\[?([^[\]]+)\]?:\d+$/.exec(written)?.[1];
  if (host !== undefined && isIP(host) !== 0) return `write ${host}; the port is an option of its own`;
  return /^[\w-]+(\.[\w-]+)+$/.test(written) && !/^[\d.]+$/.test(written)
    ? 'names are not resolved: write the address'
    : undefined;
}

/** A port to listen on, or with `min` 1 one to announce. */
export function portNumber(min: 0 | 1): Kind<number> {
  return wholeNumber({ min, max: 65_535 });
}

/** An AES key, as bytes or as their base64. Never shown in a message. The result is a copy. */
export const encryptionKey: Kind<Uint8Array> = {
  allowed: '16, 24 or 32 bytes, or their base64',
  read(value, place) {
    const bytes = typeof value === 'string' ? keyFromText(value) : value;
    if (bytes === undefined && typeof value === 'string') {
      return refuseFound(place, 'text that is not base64', this.allowed);
    }
    if (!types.isUint8Array(bytes)) return refuse({ ...place, isSecret: true }, value, this.allowed);
    if (!isKeyLength(bytes.length)) return refuseFound(place, `${bytes.length} bytes long`, this.allowed);
    return Uint8Array.from(bytes);
  },
};

/** Tags of any size. */
export const tagTexts = mapOf(text(), 'an object of names and text such as { role: "web" }');

/** A member's tags: text by name, small enough for an alive message. */
export const memberTags: Kind<Readonly<Record<string, string>>> = {
  allowed: `${tagTexts.allowed}, at most ${metaBytesMax} bytes encoded`,
  read(value, place) {
    const tags = tagTexts.read(value, place);
    if (tags === undefined) return undefined;
    try {
      encodeTags(tags);
      return tags;
    } catch (error) {
      if (!(error instanceof GossipError)) throw error;
      place.problems.add(`${place.path}: ${error.message}`);
      return undefined;
    }
  },
};

/** A network in CIDR notation. */
export const network: Kind<string> = {
  allowed: 'a network such as "10.0.0.0/8" or "fd00::/8"',
  read(value, place) {
    if (typeof value !== 'string') return refuse(place, value, this.allowed);
    const [host = '', bits = '', ...rest] = value.split('/');
    const isWhole = /^\d{1,3}$/.test(bits) && Number(bits) <= (isIP(host) === 4 ? 32 : 128);
    return isIP(host) !== 0 && isWhole && rest.length === 0 ? value : refuse(place, value, this.allowed);
  },
};
