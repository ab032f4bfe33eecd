import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFile, systemErrorText } from '@hobnob/gossip/files';
import { keyPairFault } from './pem.ts';

/** A certificate and its key, both in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** One file of a directory of authorities. */
export interface PemFile {
  readonly path: string;
  readonly text: string;
}

/** A file that TLS needs cannot be read or used; the message is one sentence in Go's words. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError';
}

/** The authorities of a whole system take a quarter of this. */
const fileBytesMax = 1024 * 1024;
/** A directory of authorities has some hundred. */
const filesMax = 4_096;

/** Reads a file of certificates or keys. @throws TlsFileError in Go's words: `open PATH: no such file or directory`. */
export async function readPem(path: string): Promise<string> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readRegularFile(path, fileBytesMax);
  } catch (cause) {
    throw new TlsFileError(`open ${path}: ${systemErrorText(cause)}`, { cause });
  }
  if (bytes === undefined) throw new TlsFileError(`open ${path}: no such file or directory`);
  return Buffer.from(bytes).toString('latin1');
}

/** @throws TlsFileError when a file cannot be read, or the key is not that of the certificate. */
export async function readKeyPair(certFile: string, keyFile: string): Promise<KeyPair> {
  const cert = await readPem(certFile);
  const key = await readPem(keyFile);
  const fault = keyPairFault(cert, key);
  if (fault !== undefined) throw new TlsFileError(fault);
  return { cert, key };
}

/** Every file below a directory, by name. @throws TlsFileError when one cannot be read, or there are too many. */
export async function readPemDirectory(directory: string): Promise<readonly PemFile[]> {
  const paths: string[] = [];
  await collectFiles(directory, paths);
  const files: PemFile[] = [];
  for (const path of paths) files.push({ path, text: await readPem(path) });
  return files;
}

async function collectFiles(path: string, found: string[]): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(path);
  } catch (cause) {
    throw new TlsFileError(`lstat ${path}: ${systemErrorText(cause)}`, { cause });
  }
  for (const name of [...names].sort()) {
    const inner = join(path, name);
    // A link to a directory is read as a file, and refused, as Go does.
    if ((await lstat(inner)).isDirectory()) await collectFiles(inner, found);
    else found.push(inner);
    if (found.length > filesMax) throw new TlsFileError(`${path} holds more than ${filesMax} files`);
  }
}
