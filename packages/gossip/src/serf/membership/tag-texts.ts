import { BoundedMap } from '../../collections/bounded-map.ts';

/**
 * Tags whose values are shared, and shared values per tag. Pools have about a dozen tags, with few versions and
 * roles.
 */
const namesMax = 64;
const valuesMax = 16;
/** Longer values, such as identifiers, mostly belong to one member. The engine shares shorter ones itself. */
const sharedChars = { least: 2, most: 32 } as const;

/**
 * Shares one text among all members whose tag has the same value, to save memory. Each tag remembers its last new
 * values, so a value of a single member is soon dropped and a common one added again.
 */
export class TagTexts {
  readonly #byName = new Map<string, Map<string, string>>();

  /** The remembered text of this value; `value` itself when there is none. */
  share(name: string, value: string): string {
    if (value.length < sharedChars.least || value.length > sharedChars.most) return value;
    const values = this.#valuesOf(name);
    const known = values?.get(value);
    if (values === undefined || known !== undefined) return known ?? value;
    values.set(value, value);
    return value;
  }

  #valuesOf(name: string): Map<string, string> | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined || this.#byName.size >= namesMax) return known;
    const values = new BoundedMap<string, string>(valuesMax);
    this.#byName.set(name, values);
    return values;
  }
}
