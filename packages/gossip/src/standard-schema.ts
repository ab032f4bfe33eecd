/**
 * A validator of any library that follows Standard Schema 1 (zod, valibot, arktype and others), with its input type `In`
 * and its output type `Out`. Source: https://standardschema.dev.
 */
export interface StandardSchema<In = unknown, Out = In> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardSchemaResult<Out> | Promise<StandardSchemaResult<Out>>;
    /** For the type checker alone. */
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}

/** The result of a validation: a value or issues. */
export type StandardSchemaResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

/** A problem that a validator found. */
export interface StandardSchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
