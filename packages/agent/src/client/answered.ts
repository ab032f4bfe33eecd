/**
 * The types of records on this side of the HTTP API, derived from their descriptions: what JSON.parse makes of an
 * answer, and what a caller may put into a body. Types only, so that the client loads nothing of the catalog.
 */

type ShapeOf<F> = F extends { readonly shape: infer S } ? S : F;
/** The fields that JSON has. */
type JsonKey<Fields> = {
  [K in keyof Fields]: Fields[K] extends { readonly json: false } ? never : K;
}[keyof Fields];
/** Those of them that are absent when they are empty. */
type OmittedKey<Fields> = {
  [K in JsonKey<Fields>]: Fields[K] extends { readonly omitEmpty: true } ? K : never;
}[JsonKey<Fields>];
type Held<S> = S extends { readonly kind: 'text' }
  ? string
  : S extends { readonly kind: 'bool' }
    ? boolean
    : S extends { readonly kind: 'int' | 'uint' | 'index' | 'float' }
      ? number
      : unknown;

/** A record as an agent answers with it: nil is null, empty fields that Consul omits are absent. */
export type Answered<S> = S extends { readonly kind: 'record'; readonly fields: infer Fields }
  ? AnsweredFields<Fields>
  : S extends { readonly kind: 'list'; readonly item: infer Item }
    ? readonly Answered<Item>[] | null
    : S extends { readonly kind: 'map'; readonly item: infer Item }
      ? Readonly<Record<string, Answered<Item>>> | null
      : S extends { readonly kind: 'pointer'; readonly target: infer Target }
        ? Answered<Target> | null
        : S extends { readonly kind: 'duration'; readonly written: 'text' }
          ? string
          : S extends { readonly kind: 'duration' }
            ? number
            : Held<S>;
type AnsweredFields<Fields> = {
  readonly [K in Exclude<JsonKey<Fields>, OmittedKey<Fields>>]: Answered<ShapeOf<Fields[K]>>;
} & {
  readonly [K in OmittedKey<Fields>]?: Answered<ShapeOf<Fields[K]>>;
};

/** A record as a caller sends it: what is absent is empty; durations are Go's text (`10s`) or nanoseconds. */
export type Sent<S> = S extends { readonly kind: 'record'; readonly fields: infer Fields }
  ? { readonly [K in JsonKey<Fields>]?: Sent<ShapeOf<Fields[K]>> }
  : S extends { readonly kind: 'list'; readonly item: infer Item }
    ? readonly Sent<Item>[]
    : S extends { readonly kind: 'map'; readonly item: infer Item }
      ? Readonly<Record<string, Sent<Item>>>
      : S extends { readonly kind: 'pointer'; readonly target: infer Target }
        ? Sent<Target>
        : S extends { readonly kind: 'duration' }
          ? string | number
          : Held<S>;
