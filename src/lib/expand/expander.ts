import { parseShellPattern, replace, trimPrefix, trimSuffix } from './shell-pattern.ts';

/** What takes the meaning from the character behind it. */
export type EscapeCharacter = '\\' | '`';

export type Lookup = (name: string) => string | undefined;

export interface ExpandOptions {
  readonly escape: EscapeCharacter;
  readonly lookup: Lookup;
  /** Quotes mean nothing: the content of here-documents. */
  readonly raw?: boolean;
  /** Called with each name that is not set, also where a default is given. */
  readonly onUnset?: (name: string) => void;
}

export interface Expanded {
  /** The whole as one word. */
  readonly word: string;
  /** The words that it falls into: white space outside quotes separates, also in the values of variables. */
  readonly words: readonly string[];
}

/** Replaces variables and removes quotes and escapes (Dockerfile reference, "Environment replacement"). Throws Error with Docker's texts. */
export function expand(text: string, options: ExpandOptions): Expanded {
  const expander = new Expander(text, options);
  const word = expander.until(undefined, false);
  return { word, words: expander.words.finish() };
}

/** Characters that the variables of one text may come to: no process can be given as much, and each could double the last. */
const MOST = 1 << 20;
const DEEPEST = 100;

/** Collects words while the text is read. */
class Words {
  private readonly found: string[] = [];
  private current: string | undefined;

  add(text: string): void {
    for (const character of text) {
      if (/\s/.test(character)) this.end();
      else this.current = (this.current ?? '') + character;
    }
  }

  addQuoted(text: string): void {
    this.current = (this.current ?? '') + text;
  }

  finish(): readonly string[] {
    this.end();
    return this.found;
  }

  private end(): void {
    if (this.current !== undefined) this.found.push(this.current);
    this.current = undefined;
  }
}

class Expander {
  readonly words = new Words();
  private readonly characters: readonly string[];
  private readonly options: ExpandOptions;
  private at = 0;
  private depth = 0;
  private grown = 0;

  constructor(text: string, options: ExpandOptions) {
    this.characters = Array.from(text);
    this.options = options;
  }

  /** Reads to `stop` (consumed) or the end. `keepEscapes`: of a pattern, which reads them itself. */
  until(stop: string | undefined, keepEscapes: boolean): string {
    let result = '';
    for (let next = this.peek(); next !== undefined; next = this.peek()) {
      if (next === stop) {
        this.at += 1;
        return result;
      }
      result += this.piece(next, keepEscapes);
    }
    if (stop !== undefined) throw new Error(`unexpected end of statement while looking for matching ${stop}`);
    return result;
  }

  private piece(next: string, keepEscapes: boolean): string {
    if (next === "'" && !this.options.raw) return this.singleQuoted();
    if (next === '"' && !this.options.raw) return this.doubleQuoted();
    if (next === '$') {
      const value = this.dollar();
      if (this.depth === 0) this.words.add(value);
      return value;
    }
    this.at += 1;
    if (next === this.options.escape) return this.escaped(keepEscapes);
    if (this.depth === 0) this.words.add(next);
    return next;
  }

  private escaped(keepEscapes: boolean): string {
    const escape = this.options.escape;
    const character = this.peek();
    if (character === undefined) return '';
    this.at += 1;
    if (this.depth === 0) this.words.addQuoted(character);
    return keepEscapes ? escape + character : character;
  }

  private singleQuoted(): string {
    const end = this.characters.indexOf("'", this.at + 1);
    if (end < 0) throw new Error('unexpected end of statement while looking for matching single-quote');
    const content = this.characters.slice(this.at + 1, end).join('');
    this.at = end + 1;
    if (this.depth === 0) this.words.addQuoted(content);
    return content;
  }

  private doubleQuoted(): string {
    let result = '';
    this.at += 1;
    for (let next = this.peek(); next !== '"'; next = this.peek()) {
      if (next === undefined)
        throw new Error('unexpected end of statement while looking for matching double-quote');
      if (next === '$') {
        result += this.dollar();
        continue;
      }
      this.at += 1;
      const after = this.peek();
      const isEscape = next === this.options.escape;
      if (isEscape && (after === '"' || after === '$' || after === this.options.escape)) {
        result += after;
        this.at += 1;
      } else result += next;
    }
    this.at += 1;
    if (this.depth === 0) this.words.addQuoted(result);
    return result;
  }

  private dollar(): string {
    const value = this.variable();
    this.grown += value.length;
    if (this.grown > MOST) throw new Error('it expands to more than 1 MiB');
    return value;
  }

  /** `$name`, `${name}` and its modifiers. */
  private variable(): string {
    this.at += 1;
    if (this.peek() !== '{') {
      const name = this.name();
      return name === '' ? '$' : (this.lookUp(name) ?? '');
    }
    this.at += 1;
    const first = this.peek();
    if (first === undefined) throw new Error("syntax error: missing '}'");
    if (first === '{' || first === '}' || first === ':') throw new Error('syntax error: bad substitution');
    const name = this.name();
    if (this.peek() === '}') {
      this.at += 1;
      return this.lookUp(name) ?? '';
    }
    this.depth += 1;
    if (this.depth > DEEPEST) throw new Error(`variables are nested more than ${DEEPEST} deep`);
    try {
      return this.modified(name);
    } finally {
      this.depth -= 1;
    }
  }

  private modified(name: string): string {
    const colon = this.peek() === ':' ? ':' : '';
    this.at += colon.length;
    const modifier = this.peek();
    if (modifier === undefined) throw new Error("syntax error: missing '}'");
    this.at += 1;
    const known = colon === ':' ? '-+?' : '-+?#%/';
    if (!known.includes(modifier))
      throw new Error(`unsupported modifier (${colon}${modifier}) in substitution`);
    if (modifier === '/') return this.replaced(name);
    const word = this.operand('}', modifier === '#' || modifier === '%');
    const value = this.lookUp(name);
    const isSet = value !== undefined && (colon === '' || value !== '');
    switch (modifier) {
      case '-':
        return isSet ? value : word;
      case '+':
        return isSet ? word : '';
      case '?':
        if (isSet) return value;
        throw new Error(
          `${name}: ${word || `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`,
        );
      default:
        return this.trimmed(modifier, word, value ?? '');
    }
  }

  private trimmed(modifier: string, word: string, value: string): string {
    const greedy = word.startsWith(modifier);
    const pattern = parseShellPattern(greedy ? word.slice(1) : word);
    return modifier === '#' ? trimPrefix(value, pattern, greedy) : trimSuffix(value, pattern, greedy);
  }

  private replaced(name: string): string {
    const all = this.peek() === '/';
    if (all) this.at += 1;
    const pattern = parseShellPattern(this.operand('/', true));
    const replacement = this.operand('}', true);
    return replace(this.lookUp(name) ?? '', pattern, replacement, all ? MOST : undefined);
  }

  private operand(stop: string, keepEscapes: boolean): string {
    try {
      return this.until(stop, keepEscapes);
    } catch (error) {
      if (this.peek() === undefined && String(error).includes(`matching ${stop}`))
        throw new Error(`syntax error: missing '${stop}'${stop === '/' ? ' in ${}' : ''}`, { cause: error });
      throw error;
    }
  }

  private lookUp(name: string): string | undefined {
    const value = this.options.lookup(name);
    if (value === undefined) this.options.onUnset?.(name);
    return value;
  }

  /** A variable's name, a number, or one of the shell's special parameters. */
  private name(): string {
    const first = this.peek() ?? '';
    if (/[@*#?\-!$]/.test(first)) {
      this.at += 1;
      return first;
    }
    const character = /\p{Nd}/u.test(first) ? /\p{Nd}/u : /[\p{L}\p{Nd}_]/u;
    const start = this.at;
    while (character.test(this.peek() ?? '')) this.at += 1;
    return this.characters.slice(start, this.at).join('');
  }

  private peek(): string | undefined {
    return this.characters[this.at];
  }
}
