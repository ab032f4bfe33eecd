import { CatalogError } from '../errors.ts';

/** Whether the operating system refused what was asked of it, rather than this program being wrong. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** Runs `work`. @throws CatalogError CATALOG_DISK with `what` before the operating system's own words. */
export async function onDisk<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new CatalogError('CATALOG_DISK', `${what}: ${cause.message}`, { cause });
  }
}
