/** What can go wrong in the catalog. docs/errors.md says for each whether state was changed, and what to do. */
export type CatalogErrorCode =
  | 'CATALOG_REFUSED'
  | 'CATALOG_UNKNOWN_METHOD'
  | 'CATALOG_BUSY'
  | 'CATALOG_NOT_LEADER'
  | 'CATALOG_LOG'
  | 'CATALOG_DISK'
  | 'CATALOG_SNAPSHOT'
  | 'CATALOG_CLOSED';

/** An error of the catalog. The message of a refusal is Consul's. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly code: CatalogErrorCode;

  constructor(code: CatalogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
