import type { ComposeProgress } from '../../compose/progress.ts';

type Terminal = NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number };

interface Shown extends ComposeProgress {
  readonly since: number;
  /** When it was over. */
  readonly until?: number;
}

const marks = { working: '⠿', done: '✔', failed: '✘', warning: '!' } as const;
const colors = { working: 34, done: 32, failed: 31, warning: 33 } as const;
/** Milliseconds between two pictures: many steps come at a time. */
const PAUSE = 50;

/** A list of steps on a terminal that is drawn over itself as they go on. It never gets longer than the screen. */
export class LiveProgress {
  private readonly out: Terminal;
  private readonly options: { readonly colors: boolean; readonly title: string };
  private readonly steps = new Map<string, Shown>();
  private drawn = 0;
  private timer: NodeJS.Timeout | undefined;
  private last = 0;
  private readonly onExit = (): void => this.draw();

  constructor(out: Terminal, options: { readonly colors: boolean; readonly title: string }) {
    this.out = out;
    this.options = options;
  }

  update(step: ComposeProgress): void {
    const key = `${step.kind} ${step.name}`;
    const now = Date.now();
    const since = this.steps.get(key)?.since ?? now;
    this.steps.set(key, { ...step, since, ...(step.state !== 'working' && { until: now }) });
    if (now - this.last >= PAUSE) return this.draw();
    if (this.timer) return;
    this.timer = setTimeout(() => this.draw(), PAUSE).unref();
    process.once('exit', this.onExit);
  }

  /** A line that stays, above the list. */
  print(line: string): void {
    this.erase();
    this.out.write(`${line}\n`);
    this.draw();
  }

  /** Leaves the list as it is and begins a new one. */
  end(): void {
    if (this.timer) this.draw();
    this.steps.clear();
    this.drawn = 0;
  }

  private draw(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    process.off('exit', this.onExit);
    this.last = Date.now();
    if (this.steps.size === 0) return;
    const lines = listLines([...this.steps.values()], this.last, {
      ...this.options,
      columns: this.out.columns || 80, // some terminals say 0
      rows: this.out.rows || 24,
    });
    this.erase();
    this.out.write(lines.map((line) => `${line}\n`).join(''));
    this.drawn = lines.length;
  }

  private erase(): void {
    if (this.drawn > 0) this.out.write(`\u001b[${this.drawn}A\u001b[J`);
    this.drawn = 0;
  }
}

/** The list as lines that fit the screen: where there are too many, what is over is left out first. */
export function listLines(
  steps: readonly Shown[],
  now: number,
  screen: {
    readonly columns: number;
    readonly rows: number;
    readonly colors: boolean;
    readonly title: string;
  },
): string[] {
  const width = Math.max(...steps.map(({ kind, name }) => kind.length + name.length + 1));
  const over = steps.filter(({ state }) => state !== 'working').length;
  const room = Math.max(1, screen.rows - 2);
  const urgent = steps.filter(({ state }) => state === 'working' || state === 'failed');
  const shown = steps.length <= room ? steps : urgent.slice(0, room);
  return [
    `[+] ${screen.title} ${over}/${steps.length}`,
    ...shown.map(({ kind, name, status, state, since, until }) => {
      const seconds = (((until ?? now) - since) / 1000).toFixed(1);
      const text = `${`${kind} ${name}`.padEnd(width)}  ${status.padEnd(10)} ${seconds}s`;
      const mark = screen.colors ? `\u001b[${colors[state]}m${marks[state]}\u001b[0m` : marks[state];
      return ` ${mark} ${text.slice(0, Math.max(10, screen.columns - 4))}`;
    }),
  ];
}
