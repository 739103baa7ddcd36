import type { BuildEventLine } from '../../wire/build.ts';
import type { Context } from '../context.ts';
import { excerpt } from './progress/failure.ts';

type Checked = Extract<BuildEventLine, { type: 'checked' }>;

/** Tells what the checks of a Dockerfile found, as buildx does; returns the exit status. */
export function showCheck({ out }: Context, { file, source, warnings, error }: Checked): number {
  const shown = warnings.map(({ rule, url, message, line, endLine }) =>
    [`\nWARNING: ${rule} - ${url}`, message, ...excerpt({ source, file, line, endLine })].join('\n'),
  );
  if (error) {
    const place = excerpt({ source, file, line: error.line });
    out.write(`${[...shown, `ERROR: ${error.message}`, ...place].join('\n')}\n`);
    return 1;
  }
  out.write(`${[summary(warnings.length), ...shown].join('\n')}\n`);
  return warnings.length > 0 ? 1 : 0;
}

function summary(count: number): string {
  if (count === 0) return 'Check complete, no warnings found.';
  return `Check complete, ${count === 1 ? '1 warning has' : `${count} warnings have`} been found!`;
}
