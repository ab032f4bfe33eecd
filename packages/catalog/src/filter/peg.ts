import { encodeText } from '@hobnob/gossip/codec';
import { quote } from '../go/strconv.ts';

/**
 * A text that a parsing expression grammar reads, with the farthest place where reading failed and what was expected
 * there. Consul's filters are read by a parser that pigeon generates; its error texts come from these rules, so they
 * are followed to the letter. Source: pigeon's static code, vm and errors.
 */
export class PegText {
  readonly #text: string;
  readonly #problems: { readonly at: number; readonly text: string }[] = [];
  #at = 0;
  #failedAt = 0;
  #expected = new Set<string>();
  /** Inside a `!`, matching is the failure. */
  #isInverted = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** The place in the text; `restore` goes back to it. */
  get at(): number {
    return this.#at;
  }

  restore(at: number): void {
    this.#at = at;
  }

  /** The text from `start` to here. */
  since(start: number): string {
    return this.#text.slice(start, this.#at);
  }

  /** Reads a fixed text. */
  literal(word: string): boolean {
    const start = this.#at;
    const matches = this.#text.startsWith(word, start);
    if (matches) this.#at = start + word.length;
    this.#note(matches, start, quote(word));
    return matches;
  }

  /** Reads one ASCII character that `holds` is true of; `name` is the class as the grammar writes it. */
  oneOf(name: string, holds: (char: string) => boolean): boolean {
    const start = this.#at;
    const char = this.#text[start];
    const matches = char !== undefined && holds(char);
    if (matches) this.#at = start + 1;
    this.#note(matches, start, name);
    return matches;
  }

  /** Reads any character. */
  any(): boolean {
    const start = this.#at;
    const code = this.#text.codePointAt(start);
    if (code !== undefined) this.#at = start + (code > 0xffff ? 2 : 1);
    this.#note(code !== undefined, start, '.');
    return code !== undefined;
  }

  /** `!`: true when `read` fails; reads nothing. */
  not(read: () => boolean): boolean {
    const start = this.#at;
    this.#isInverted = !this.#isInverted;
    const matches = read();
    this.#isInverted = !this.#isInverted;
    this.#at = start;
    return !matches;
  }

  /** `&`: true when `read` matches; reads nothing. */
  ahead(read: () => boolean): boolean {
    const start = this.#at;
    const matches = read();
    this.#at = start;
    return matches;
  }

  atEnd(): boolean {
    return this.not(() => this.any());
  }

  /** Notes a problem that makes the whole text wrong, whatever else matches. */
  problem(rule: string, message: string, at: number = this.#at): void {
    this.#problems.push({ at, text: `rule "${rule}": ${message}` });
  }

  /** What is wrong with a text that `isRead` or not; undefined when nothing is. */
  verdict(isRead: boolean): string | undefined {
    if (this.#problems.length > 0) return this.#problemsText();
    if (isRead) return undefined;
    const hasEnd = this.#expected.delete('!.');
    const expected = [...[...this.#expected].sort(), ...(hasEnd ? ['EOF'] : [])];
    const last = expected.pop() ?? '';
    const list = expected.length === 0 ? last : `${expected.join(', ')} or ${last}`;
    const place = this.#places([this.#failedAt]).get(this.#failedAt);
    return `${place}: no match found, expected: ${list}`;
  }

  #note(matches: boolean, at: number, what: string): void {
    if (matches !== this.#isInverted || at < this.#failedAt) return;
    if (at > this.#failedAt) {
      this.#failedAt = at;
      this.#expected = new Set();
    }
    this.#expected.add(this.#isInverted ? `!${what}` : what);
  }

  /** All problems in the order in which they were noted; what was read twice counts once. */
  #problemsText(): string {
    const places = this.#places(this.#problems.map(({ at }) => at));
    return [...new Set(this.#problems.map(({ at, text }) => `${places.get(at)}: ${text}`))].join('\n');
  }

  /**
   * Line, column in characters and offset in bytes of each place; a line feed belongs to the line it begins. The text is
   * passed once for all of them, since a client may send thousands of problems.
   */
  #places(all: readonly number[]): ReadonlyMap<number, string> {
    const places = new Map<number, string>();
    let [from, line, column, offset] = [0, 1, 0, 0];
    for (const at of [...new Set(all)].sort((a, b) => a - b)) {
      const passed = this.#text.slice(from, at);
      const lines = passed.split('\n');
      const charactersCount = [...(lines.at(-1) ?? '')].length;
      column = lines.length > 1 ? charactersCount : column + charactersCount;
      line += lines.length - 1;
      offset += encodeText(passed).length;
      from = at;
      const isLineFeed = this.#text[at] === '\n';
      places.set(at, isLineFeed ? `${line + 1}:0 (${offset})` : `${line}:${column + 1} (${offset})`);
    }
    return places;
  }
}
