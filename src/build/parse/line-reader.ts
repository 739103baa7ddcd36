/** The lines of a file, one after the other, numbered from 1. Line ends (`\n`, `\r\n`) are cut off. */
export class LineReader {
  private readonly lines: readonly string[];
  private index = 0;

  constructor(text: string) {
    const lines = text.replace(/^\uFEFF/, '').split('\n');
    if (lines.at(-1) === '') lines.pop();
    this.lines = lines;
  }

  /** The number of the line that `next` gives. */
  get line(): number {
    return this.index + 1;
  }

  peek(): string | undefined {
    return this.lines[this.index]?.replace(/\r$/, '');
  }

  /** Whether one of the lines to come is this one, leading tabs aside. */
  has(line: string): boolean {
    return this.lines.some(
      (item, index) => index >= this.index && item.replaceAll(/^\t+|\r+$/g, '') === line,
    );
  }

  next(): string | undefined {
    const line = this.peek();
    this.index += 1;
    return line;
  }

  /** As `next`, with a carriage return where the file has one. */
  nextRaw(): string | undefined {
    return this.lines[this.index++];
  }
}
