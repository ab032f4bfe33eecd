/** Tags whose values are shared, and values of each. A pool has a dozen tags; versions and roles are few. */
const namesMax = 64;
const valuesMax = 16;
/** Longer values are mostly one member's own, as identifiers are; of shorter ones the engine has one text anyway. */
const sharedChars = { least: 2, most: 32 } as const;

/**
 * One text for all members whose tags have the same value. Of each tag the values that came last are known: what
 * differs from member to member passes through, what most have in common stays.
 */
export class TagTexts {
  readonly #byName = new Map<string, Map<string, string>>();

  /** The text that was first given for this value, if it is still known; else `value` itself. */
  share(name: string, value: string): string {
    if (value.length < sharedChars.least || value.length > sharedChars.most) return value;
    const values = this.#valuesOf(name);
    const known = values?.get(value);
    if (values === undefined || known !== undefined) return known ?? value;
    values.set(value, value);
    for (const oldest of values.keys()) {
      if (values.size <= valuesMax) break;
      values.delete(oldest);
    }
    return value;
  }

  #valuesOf(name: string): Map<string, string> | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined || this.#byName.size >= namesMax) return known;
    const values = new Map<string, string>();
    this.#byName.set(name, values);
    return values;
  }
}
