/** A weight as Go reads floats; what it reads beyond decimal ones no client sends. */
const weightPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Whether the value of an Accept-Encoding header asks for gzip. As Consul reads it: `*` does not count, the last
 * mention of gzip does, and a mention whose weight cannot be read is none. Source: NYTimes/gziphandler.
 */
export function acceptsGzip(header: string): boolean {
  if (header === 'gzip') return true;
  let accepts = false;
  for (const coding of header.split(',')) {
    const [name = '', ...parameters] = coding.split(';').map((part) => part.trim());
    if (name.toLowerCase() !== 'gzip') continue;
    const weight = parameters.findLast((parameter) => parameter.startsWith('q='))?.slice('q='.length);
    if (weight === undefined) accepts = true;
    else if (weightPattern.test(weight)) accepts = Number(weight) > 0;
  }
  return accepts;
}
