import { createInterface } from 'node:readline/promises';
import type { Context } from './context.ts';
import { ExitError } from './exit-code.ts';

/** Asks before something is deleted; ends the command when the answer is not yes. */
export async function confirm(context: Context, warning: string): Promise<void> {
  const reader = createInterface({ input: context.in, output: context.out });
  try {
    const answer = await reader.question(`WARNING! ${warning}\nAre you sure you want to continue? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new ExitError(1, '');
  } finally {
    reader.close();
  }
}
