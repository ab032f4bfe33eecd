/** Archives of `snapshot save`, as files: what commands need that look at one. */
export { type ArchiveMeta, inspectArchive } from '@hobnob/catalog/io';
