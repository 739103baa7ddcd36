import { formatProblem } from '../../compose/load/compose-error.ts';
import type { LoadedFiles } from '../../compose/load/load-project.ts';
import type { Context } from '../context.ts';

/** Commands that make something of what the files say; others are silent about what may not be meant. */
const telling = new Set(['build', 'config', 'convert', 'create', 'run', 'scale', 'up', 'watch']);

export const tellsNotes = (command: string): boolean => telling.has(command);

/** Tells Compose's own warnings, each with where it comes from, and what else is noteworthy about the files. */
export function tellWarnings(
  { err, cwd }: Pick<Context, 'err' | 'cwd'>,
  { warnings, notes }: Pick<LoadedFiles, 'warnings' | 'notes'>,
  withNotes: boolean,
): void {
  for (const warning of warnings) {
    err.write(`WARN ${warning}\n`);
    if (!withNotes) continue;
    for (const note of notes.filter(({ about }) => about === warning))
      err.write(`${formatProblem(note, cwd).replace(/^/gm, '  ')}\n`);
  }
  if (!withNotes) return;
  for (const note of notes.filter(({ about }) => about === undefined || !warnings.includes(about)))
    err.write(`WARN ${formatProblem(note, cwd)}\n`);
}
