import { stripVTControlCharacters } from 'node:util';
import type { BuildEventLine } from '../../../wire/build.ts';
import { formatBytes } from '../../../lib/bytes.ts';
import { commandText, failureText, warningsText } from './failure.ts';
import { seconds, type ShownStep, ShownSteps } from './steps.ts';
import type { BuildProgress, Out } from './types.ts';

const REDRAW_MS = 100;
const OUTPUT_LINES = 6;
const cyan = (text: string): string => `\u001b[36m${text}\u001b[0m`;
const blue = (text: string): string => `\u001b[34m${text}\u001b[0m`;
const red = (text: string): string => `\u001b[31m${text}\u001b[0m`;
const dim = (text: string): string => `\u001b[2m${text}\u001b[0m`;

interface Row {
  readonly left: string;
  readonly right?: string;
  readonly paint?: (text: string) => string;
}

/** The steps on a terminal, drawn anew in place while they go on. */
export class TreeProgress implements BuildProgress {
  private readonly out: Out;
  private readonly colors: boolean;
  private readonly steps = new ShownSteps();
  private readonly begun = performance.now();
  private readonly warnings: Extract<BuildEventLine, { type: 'warning' }>[] = [];
  private readonly timer: NodeJS.Timeout;
  private outcome = '';
  private drawn = 0;
  private isStale = true;

  constructor(out: Out, options: { readonly colors?: boolean } = {}) {
    this.out = out;
    this.colors = options.colors ?? true;
    this.timer = setInterval(() => this.draw(), REDRAW_MS);
    this.timer.unref();
    out.write('\u001b[?25l');
    process.once('exit', this.showCursor);
  }

  take(event: BuildEventLine): void {
    this.isStale = true;
    this.steps.take(event);
    if (event.type === 'step-ended') {
      const step = this.steps.all.get(event.index);
      if (step) this.steps.rest(step);
    } else if (event.type === 'warning') this.warnings.push(event);
    else if (event.type === 'done') this.finish('FINISHED');
    else if (event.type === 'failed') {
      this.finish('FAILED');
      this.out.write(`${failureText(event, this.steps)}\n`);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
    if (this.outcome === '') this.draw();
    process.off('exit', this.showCursor);
    this.showCursor();
  }

  private readonly showCursor = (): void => void this.out.write('\u001b[?25h');

  private finish(outcome: string): void {
    this.outcome = outcome;
    this.isStale = true;
    this.draw();
    clearInterval(this.timer);
    this.out.write(warningsText(this.warnings));
  }

  private draw(): void {
    const running = [...this.steps.all.values()].some(isRunning);
    if (!this.isStale && !running) return;
    this.isStale = false;
    const width = Math.max(20, (this.out.columns ?? 80) - 1);
    const rows = this.rows().map((row) => print(this.colors ? row : plainRow(row), width));
    const up = this.drawn > 0 ? `\u001b[${this.drawn}A` : '';
    this.drawn = rows.length;
    this.out.write(`${up}\r\u001b[J${rows.map((row) => `${row}\n`).join('')}`);
  }

  private rows(): Row[] {
    const told = [...this.steps.all.values()].filter(({ startedAt }) => startedAt !== undefined);
    const ended = told.filter(({ milliseconds }) => milliseconds !== undefined);
    const isOver = this.outcome !== '';
    const head: Row = {
      left: `[+] Building ${seconds(performance.now() - this.begun)} (${ended.length}/${this.steps.all.size})${isOver ? ` ${this.outcome}` : ''}`,
    };
    const body = told
      .toSorted((left, right) => (left.startedAt ?? 0) - (right.startedAt ?? 0))
      .flatMap((step) => rowsOf(step, isOver));
    const room = isOver ? Infinity : Math.max(3, (this.out.rows ?? 24) - 2);
    return [head, ...body.slice(-room)];
  }
}

const plainRow = ({ left, right }: Row): Row => ({ left, ...(right !== undefined && { right }) });

const isRunning = (step: ShownStep): boolean =>
  step.startedAt !== undefined && step.milliseconds === undefined;

/** Reasons that say nothing new. */
const plainReasons = ['--no-cache', 'first build of this step'];

function rowsOf(step: ShownStep, isOver: boolean): Row[] {
  const { title, cache, milliseconds, error, startedAt = 0 } = step;
  const time = seconds(cache?.hit ? 0 : (milliseconds ?? performance.now() - startedAt));
  const state =
    error === 'canceled' ? 'CANCELED ' : error !== undefined ? 'ERROR ' : cache?.hit ? 'CACHED ' : '';
  const paint = error !== undefined ? red : milliseconds !== undefined ? blue : undefined;
  const rows: Row[] = [{ left: ` => ${state}${title}`, right: time, ...(paint && { paint }) }];
  if (cache && !cache.hit && !plainReasons.includes(cache.why))
    rows.push({ left: `    ${cache.why}`, paint: dim });
  if (error !== undefined && error !== 'canceled')
    rows.push({ left: ` => => ${commandText(error)}`, paint: red });
  if ((!isRunning(step) || isOver) && step.index >= 0) return rows;
  const transfers = [...step.transfers].map(([id, { status, current, total }]) => ({
    left: ` => => ${`${id} ${status}`.trim()}${current === undefined || (!total && !current) ? '' : ` ${formatBytes(current)}${total ? ` / ${formatBytes(total)}` : ''}`}`,
  }));
  const lines = step.lines
    .slice(-OUTPUT_LINES)
    .map(([, line]) => ({ left: ` => => # ${written(line)}`, paint: cyan }));
  return [...rows, ...transfers.slice(-OUTPUT_LINES), ...lines];
}

/** One line of the terminal: cut to its width, the time at its right end. */
function print({ left, right = '', paint = (text) => text }: Row, width: number): string {
  const room = Math.max(0, width - (right === '' ? 0 : right.length + 1));
  const text = printable(left);
  const shown = text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text;
  return paint(right === '' ? shown : `${shown.padEnd(room)} ${right}`);
}

/** Of a line that was written over, what was written last. */
const written = (line: string): string => line.replace(/\r+$/, '').split('\r').at(-1) ?? '';

/** Without what would move the cursor. */
const printable = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll('\t', '    ')
    .replaceAll(/\p{Cc}/gu, '');
