import type { ComposeContext } from './globals.ts';

const palette = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

/** Compose's own lines stand as those of a container with a name of six letters would. */
const WATCH_WIDTH = 6;

/** In bytes: what goes on without an end is printed in pieces. */
const LONGEST_LINE = 64 << 20;

/** What was written of a line that has no end yet, in a buffer with room for more. */
interface Rest {
  bytes: Buffer;
  length: number;
}

/** Prints the output of several containers line by line, each with its name in front. Lines are never torn. */
export class LogPrinter {
  private readonly context: ComposeContext;
  private readonly prefix: boolean;
  private readonly stamped: boolean;
  private readonly rests = new Map<string, Rest>();
  private readonly colors = new Map<string, number>();
  private width = 0;

  /** `stamped`: with the time at which a line came, where its log does not say it. */
  constructor(context: ComposeContext, names: readonly string[], prefix = true, stamped = false) {
    this.context = context;
    this.prefix = prefix;
    this.stamped = stamped;
    for (const name of names) this.add(name);
  }

  /** Makes room for a name. */
  add(name: string): void {
    if (!this.colors.has(name)) this.colors.set(name, palette[this.colors.size % palette.length] ?? 36);
    this.width = Math.max(this.width, name.length);
  }

  write(name: string, data: Buffer, stream: 'stdout' | 'stderr' = 'stdout'): void {
    const key = `${stream} ${name}`;
    const end = data.lastIndexOf(10);
    if (end >= 0) this.lines(name, Buffer.concat([this.takeRest(key), data.subarray(0, end)]), stream);
    this.keepRest(key, data.subarray(end + 1));
    if ((this.rests.get(key)?.length ?? 0) >= LONGEST_LINE) this.flush(name);
  }

  /** A container ended: what it wrote without a line end is printed. */
  flush(name: string): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.takeRest(`${stream} ${name}`);
      if (rest.length > 0) this.lines(name, rest, stream);
    }
  }

  private keepRest(key: string, data: Buffer): void {
    if (data.length === 0) return;
    const rest = this.rests.get(key) ?? { bytes: Buffer.alloc(0), length: 0 };
    const length = rest.length + data.length;
    if (length > rest.bytes.length) rest.bytes = Buffer.concat([rest.bytes], 2 * length);
    data.copy(rest.bytes, rest.length);
    rest.length = length;
    this.rests.set(key, rest);
  }

  private takeRest(key: string): Buffer {
    const { bytes, length } = this.rests.get(key) ?? { bytes: Buffer.alloc(0), length: 0 };
    this.rests.delete(key);
    return bytes.subarray(0, length);
  }

  /** A line of our own about a container. */
  tell(name: string, line: string): void {
    this.flush(name);
    this.context.out.write(`${this.colored(name, name)} ${line}\n`);
  }

  /** A line about all of them, where the names end; from now on, these leave room for it. */
  say(line: string): void {
    this.width = Math.max(this.width, WATCH_WIDTH);
    const mark = this.prefix ? `${' '.repeat(this.width + 1)} ⦿ ` : '';
    this.context.out.write(`${this.context.colors ? `\u001b[92m${mark}\u001b[0m` : mark}${line}\n`);
  }

  private lines(name: string, text: Buffer, stream: 'stdout' | 'stderr'): void {
    const time = this.stamped ? `${new Date().toISOString().replace('Z', '000000Z')} ` : '';
    const label = `${this.prefix ? this.label(name) : ''}${time}`;
    const out = stream === 'stderr' ? this.context.err : this.context.out;
    out.write(
      text
        .toString()
        .split('\n')
        .map((line) => `${label}${line}\n`)
        .join(''),
    );
  }

  private label(name: string): string {
    return `${this.colored(name, `${name.padEnd(this.width + 1)} |`)} `;
  }

  private colored(name: string, text: string): string {
    return this.context.colors ? `\u001b[${this.colors.get(name) ?? 36}m${text}\u001b[0m` : text;
  }
}

/** A container's name without its project's: `web-1`. */
export const shortName = (project: string, name: string): string =>
  /^[-_]/.test(name.slice(project.length)) && name.startsWith(project)
    ? name.slice(project.length + 1)
    : name;
