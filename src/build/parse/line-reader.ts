/** The lines of a file, one after the other, numbered from 1. Line ends (`\n`, `\r\n`) are cut off. */
export class LineReader {
  private readonly lines: readonly string[];
  private index = 0;
  /** Where each line stands last, without leading tabs; made when it is asked for. */
  private places: ReadonlyMap<string, number> | undefined;

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
    this.places ??= new Map(this.lines.map((item, index) => [item.replaceAll(/^\t+|\r+$/g, ''), index]));
    return (this.places.get(line) ?? -1) >= this.index;
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
