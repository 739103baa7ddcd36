import { invalid, messageOf } from '../../lib/errors.ts';
import { ExitError } from '../exit-code.ts';
import { unescape } from './format-rows.ts';
import { compileTemplate } from './template.ts';

/** How `inspect --format` prints an object. A template that is wrong ends the command with 64, as Docker's does. */
export function inspectTemplate(format: string): (item: unknown) => string {
  try {
    return compileTemplate(unescape(format), { strict: true });
  } catch (error) {
    throw new ExitError(64, `template parsing error: ${messageOf(error)}`);
  }
}

/** Prints one value by a template of the user's. */
export function printBy(format: string, value: unknown): string {
  try {
    return `${inspectTemplate(format)(value)}\n`;
  } catch (error) {
    throw error instanceof ExitError ? error : invalid(`template parsing error: ${messageOf(error)}`, error);
  }
}
