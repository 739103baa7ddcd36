import type { Position } from './dockerfile-error.ts';

/** Where the joined text changes its line: character `start` of the text stands at `line`:`column`. */
interface Origin {
  readonly start: number;
  readonly line: number;
  readonly column: number;
}

/** A piece of text made of one or more source lines that knows where each of its characters came from. */
export class Text {
  readonly text: string;
  private readonly origins: readonly Origin[];
  private readonly offset: number;

  private constructor(text: string, origins: readonly Origin[], offset: number) {
    this.text = text;
    this.origins = origins;
    this.offset = offset;
  }

  /** Joins lines without separators, as continuation lines are. */
  static join(lines: readonly { text: string; line: number; column: number }[]): Text {
    let text = '';
    const origins = lines.map(({ text: part, line, column }) => {
      const origin = { start: text.length, line, column };
      text += part;
      return origin;
    });
    return new Text(text, origins, 0);
  }

  at(index: number): Position {
    const absolute = this.offset + index;
    const origin = this.originOf(absolute);
    if (!origin) return { line: 1, column: 1 };
    return { line: origin.line, column: origin.column + absolute - origin.start };
  }

  /** The last one that does not begin behind a character; there may be many lines, and many places asked for. */
  private originOf(absolute: number): Origin | undefined {
    let [first, last] = [0, this.origins.length - 1];
    while (first < last) {
      const middle = Math.ceil((first + last) / 2);
      if ((this.origins[middle]?.start ?? 0) <= absolute) first = middle;
      else last = middle - 1;
    }
    return this.origins[first];
  }

  slice(start: number, end?: number): Text {
    return new Text(this.text.slice(start, end), this.origins, this.offset + start);
  }

  trim(): Text {
    const start = this.text.length - this.text.trimStart().length;
    return this.slice(start, start + this.text.trim().length);
  }
}
