/** A parameter of a request; one that is undefined or '' is left out, a list is repeated, `true` is a flag. */
export type QueryValue = string | number | bigint | true | readonly string[] | undefined;

/** The path with its parameters, by name, escaped as Go escapes them: they are seen in the commands' errors. */
export function withQuery(path: string, query: Readonly<Record<string, QueryValue>>): string {
  const pairs = Object.keys(query)
    .sort()
    .flatMap((name) => textsOf(query[name]).map((value) => `${name}=${escapeValue(value)}`));
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

function textsOf(value: QueryValue): readonly string[] {
  if (value === undefined || value === '') return [];
  if (value === true) return [''];
  return typeof value === 'object' ? value : [String(value)];
}

function escapeValue(value: string): string {
  return encodeURIComponent(value)
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
