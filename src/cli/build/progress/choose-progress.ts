import { invalid } from '../../../lib/errors.ts';
import type { BuildEventLine } from '../../../wire/build.ts';
import { PlainProgress } from './plain.ts';
import { TreeProgress } from './tree.ts';
import type { BuildProgress, Out } from './types.ts';
import { failureText } from './failure.ts';
import { ShownSteps } from './steps.ts';

const kinds = ['auto', 'tty', 'plain', 'json', 'rawjson', 'quiet', 'none'];

/** Checks a value of `--progress`. */
export function parseProgress(value: string): string {
  if (!kinds.includes(value)) throw invalid(`want one of ${kinds.join(', ')}`);
  return value;
}

/** How a build is shown on `out`: on a terminal as a tree, elsewhere line by line. */
export function chooseProgress(kind: string, out: Out, env: NodeJS.ProcessEnv = {}): BuildProgress {
  const colors = !env['NO_COLOR'];
  switch (kind) {
    case 'quiet':
    case 'none':
      return new QuietProgress(out);
    case 'json':
    case 'rawjson':
      return { take: (event) => void out.write(`${JSON.stringify(event)}\n`), [Symbol.dispose]() {} };
    case 'plain':
      return new PlainProgress(out);
    case 'tty':
      if (!out.isTTY) throw invalid('failed to get console: provided file is not a console');
      return new TreeProgress(out, { colors });
    default:
      return out.isTTY ? new TreeProgress(out, { colors }) : new PlainProgress(out);
  }
}

/** Nothing but what went wrong. */
class QuietProgress implements BuildProgress {
  private readonly out: Out;
  private readonly steps = new ShownSteps();

  constructor(out: Out) {
    this.out = out;
  }

  take(event: BuildEventLine): void {
    const change = this.steps.take(event);
    if (change?.type === 'ended') this.steps.rest(change.step);
    if (event.type === 'failed') this.out.write(`${failureText(event, this.steps)}\n`);
  }

  [Symbol.dispose](): void {}
}
