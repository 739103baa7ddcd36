/** A text that is no JSON; `message` has the words of Go's decoder, which clients of Docker know. */
export class JsonFault extends Error {}

/** Looks for what is wrong with a text that `JSON.parse` refuses. */
export function jsonFault(text: string): JsonFault {
  try {
    const scanner = new Scanner(text);
    scanner.value();
    return new JsonFault('unexpected content after JSON');
  } catch (error) {
    if (error instanceof JsonFault) return error;
    throw error;
  }
}

const literals: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

class Scanner {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(): void {
    const first = this.next();
    if (first === '{') this.object();
    else if (first === '[') this.list();
    else if (first === '"') this.string();
    else if (/[-\d]/.test(first)) this.number(first);
    else if (literals[first] !== undefined) this.literal(literals[first]);
    else throw unexpected(first, 'looking for beginning of value');
  }

  private object(): void {
    if (this.peek() === '}') return void this.next();
    do {
      const quote = this.next();
      if (quote !== '"') throw unexpected(quote, 'looking for beginning of object key string');
      this.string();
      const colon = this.next();
      if (colon !== ':') throw unexpected(colon, 'after object key');
      this.value();
    } while (this.goesOn('}', 'after object key:value pair'));
  }

  private list(): void {
    if (this.peek() === ']') return void this.next();
    do this.value();
    while (this.goesOn(']', 'after array element'));
  }

  private goesOn(end: string, where: string): boolean {
    const sign = this.next();
    if (sign !== ',' && sign !== end) throw unexpected(sign, where);
    return sign === ',';
  }

  private string(): void {
    for (let letter = this.letter(); letter !== '"'; letter = this.letter()) {
      if (letter < ' ') throw unexpected(letter, 'in string');
      if (letter === '\\') this.escape();
    }
  }

  private escape(): void {
    const start = this.at - 1;
    const length = this.letter() === 'u' ? 6 : 2;
    const sequence = this.text.slice(start, start + length);
    if (sequence.length < length) throw ended();
    if (!/^\\(?:["\\/bfnrt]|u[\da-f]{4})$/i.test(sequence))
      throw new JsonFault(`invalid JSON: invalid escape sequence \`${sequence}\` in string`);
    this.at = start + length;
  }

  private number(first: string): void {
    if (first === '-') this.digit();
    const rest = /^\d*/.exec(this.text.slice(this.at))?.[0] ?? '';
    if (this.text[this.at - 1] !== '0') this.at += rest.length;
    for (const part of [/^\./, /^[eE][-+]?/]) {
      const found = part.exec(this.text.slice(this.at))?.[0];
      if (found === undefined) continue;
      this.at += found.length;
      this.digit();
      this.at += /^\d*/.exec(this.text.slice(this.at))?.[0].length ?? 0;
    }
  }

  private digit(): void {
    const letter = this.letter();
    if (!/\d/.test(letter)) throw unexpected(letter, 'in numeric literal');
  }

  private literal(word: string): void {
    for (const wanted of word.slice(1)) {
      const letter = this.letter();
      if (letter !== wanted) throw unexpected(letter, `in literal ${word} (expecting '${wanted}')`);
    }
  }

  private peek(): string {
    this.at += /^[ \t\r\n]*/.exec(this.text.slice(this.at))?.[0].length ?? 0;
    return this.text[this.at] ?? '';
  }

  private next(): string {
    this.peek();
    return this.letter();
  }

  private letter(): string {
    const point = this.text.codePointAt(this.at);
    if (point === undefined) throw ended();
    const letter = String.fromCodePoint(point);
    this.at += letter.length;
    return letter;
  }
}

const ended = (): JsonFault => new JsonFault('invalid JSON: unexpected EOF');

const unexpected = (letter: string, where: string): JsonFault =>
  new JsonFault(`invalid JSON: invalid character ${quoted(letter)} ${where}`);

const escapes: Readonly<Record<string, string>> = {
  "'": String.raw`\'`,
  '\\': String.raw`\\`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
};

function quoted(letter: string): string {
  if (letter >= ' ') return `'${escapes[letter] ?? letter}'`;
  return `'${escapes[letter] ?? `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`}'`;
}
