import type { Context } from './context.ts';
import { ExitError } from './exit-code.ts';
import { agrees } from './prompt.ts';

/** Asks before something is deleted; ends the command, which did what it was told, when the answer is not yes. */
export async function confirm(context: Context, warning: string): Promise<void> {
  if (!(await agrees(context, `WARNING! ${warning}\nAre you sure you want to continue?`)))
    throw new ExitError(0);
}
