/** What tests hold the catalog against. */
export { NaiveCatalog } from './naive-catalog.ts';
