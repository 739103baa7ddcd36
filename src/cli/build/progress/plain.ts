import type { BuildEventLine } from '../../../wire/build.ts';
import { commandText, failureText, warningsText } from './failure.ts';
import { seconds, type ShownStep, ShownSteps, type StepChange } from './steps.ts';
import type { BuildProgress, Out } from './types.ts';

/** One line after the other, as BuildKit's plain progress has them. */
export class PlainProgress implements BuildProgress {
  private readonly out: Out;
  private readonly steps = new ShownSteps();
  private readonly warnings: Extract<BuildEventLine, { type: 'warning' }>[] = [];
  /** The numbers that people see, in the order in which steps are told. */
  private readonly numbers = new Map<number, number>();
  private current: ShownStep | undefined;
  private count = 0;

  constructor(out: Out) {
    this.out = out;
  }

  take(event: BuildEventLine): void {
    const change = this.steps.take(event);
    if (change) this.tell(change);
    else if (event.type === 'warning') this.warnings.push(event);
    else if (event.type === 'done') this.out.write(warningsText(this.warnings.splice(0)));
    else if (event.type === 'failed') {
      this.out.write(warningsText(this.warnings));
      this.say(failureText(event, this.steps));
    }
  }

  [Symbol.dispose](): void {}

  private tell(change: StepChange): void {
    const { step } = change;
    switch (change.type) {
      case 'started':
        this.turnTo(step);
        if (step.cache && !step.cache.hit) this.line(step, `not cached: ${step.cache.why}`);
        break;
      case 'lines':
        this.lines(step, change.lines);
        break;
      case 'transfer': {
        const { id } = change;
        const { status, current, done } = step.transfers.get(id) ?? { status: '' };
        if (done) {
          this.turnTo(step);
          this.line(step, `${id} ${status}`);
        }
        if (current !== undefined) break;
        this.turnTo(step);
        this.line(step, id === '' ? status : `${id}: ${status}`);
        break;
      }
      case 'ended':
        this.lines(step, this.steps.rest(step));
        this.turnTo(step);
        this.line(step, endOf(step));
        this.say('');
        this.current = undefined;
    }
  }

  private lines(step: ShownStep, lines: readonly (readonly [number, string])[]): void {
    if (lines.length === 0) return;
    this.turnTo(step);
    for (const [after, line] of lines) this.line(step, `${(after / 1000).toFixed(3)} ${line}`);
  }

  /** Says which step the next lines are about. */
  private turnTo(step: ShownStep): void {
    if (this.current === step) return;
    if (this.current) {
      this.line(this.current, '...');
      this.say('');
    }
    this.current = step;
    if (!this.numbers.has(step.index)) this.numbers.set(step.index, (this.count += 1));
    this.line(step, step.title);
  }

  private line({ index }: ShownStep, text: string): void {
    this.say(`#${this.numbers.get(index)} ${text}`);
  }

  private say(text: string): void {
    this.out.write(`${text}\n`);
  }
}

function endOf({ error, cache, milliseconds = 0 }: ShownStep): string {
  if (error === 'canceled') return 'CANCELED';
  if (error !== undefined) return `ERROR: ${commandText(error)}`;
  return cache?.hit ? 'CACHED' : `DONE ${seconds(milliseconds)}`;
}
