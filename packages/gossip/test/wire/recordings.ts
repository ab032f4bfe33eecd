import { readFileSync } from 'node:fs';
import { createKeyring, type Keyring } from '../../src/wire/encryption.ts';

/** One recording of real agents: `vectors/NAME.json` says who they were and what they did. */
export interface Recording {
  readonly source: string;
  readonly keyring: Keyring | undefined;
  readonly packets: readonly { readonly from: string; readonly to: string; readonly bytes: Uint8Array }[];
  /** Both directions of every recorded stream. */
  readonly streams: readonly {
    readonly to: string;
    readonly request: Uint8Array;
    readonly response: Uint8Array;
  }[];
}

interface RecordingFile {
  readonly source: string;
  readonly key?: string;
  readonly udp: readonly { readonly from: string; readonly to: string; readonly hex: string }[];
  readonly tcp: readonly { readonly to: string; readonly request: string; readonly response: string }[];
}

export function readRecording(name: 'serf-plain' | 'serf-encrypted' | 'consul'): Recording {
  const url = new URL(`../vectors/${name}.json`, import.meta.url);
  const file = JSON.parse(readFileSync(url, 'utf8')) as RecordingFile;
  return {
    source: file.source,
    keyring: file.key === undefined ? undefined : createKeyring([Buffer.from(file.key, 'base64')]),
    packets: file.udp.map(({ from, to, hex }) => ({ from, to, bytes: Buffer.from(hex, 'hex') })),
    streams: file.tcp.map(({ to, request, response }) => ({
      to,
      request: Buffer.from(request, 'hex'),
      response: Buffer.from(response, 'hex'),
    })),
  };
}
