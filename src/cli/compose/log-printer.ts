import type { ComposeContext } from './globals.ts';

const palette = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

/** Compose's own lines stand as those of a container with a name of six letters would. */
const WATCH_WIDTH = 6;

/** Prints the output of several containers line by line, each with its name in front. Lines are never torn. */
export class LogPrinter {
  private readonly context: ComposeContext;
  private readonly prefix: boolean;
  private readonly stamped: boolean;
  private readonly rests = new Map<string, Buffer>();
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
    const rest = this.rests.get(key);
    const text = rest ? Buffer.concat([rest, data]) : data;
    const end = text.lastIndexOf(10);
    if (end >= 0) this.lines(name, text.subarray(0, end), stream);
    const left = text.subarray(end + 1);
    if (left.length > 0) this.rests.set(key, Buffer.from(left));
    else this.rests.delete(key);
  }

  /** A container ended: what it wrote without a line end is printed. */
  flush(name: string): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.rests.get(`${stream} ${name}`);
      if (rest) this.lines(name, rest, stream);
      this.rests.delete(`${stream} ${name}`);
    }
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
