import type { BuildEventLine } from '../../../wire/build.ts';
import type { ShownSteps } from './steps.ts';
import type { Failed } from './types.ts';

const SHOWN_LINES = 10;
const AROUND = 2;

/** What is shown of a build that failed: the last lines of the step, where it stands in the Dockerfile, and the error. */
export function failureText(failed: Failed, steps: ShownSteps): string {
  const step = [...steps.all.values()].find(({ error }) => error !== undefined && error !== 'canceled');
  const output = step?.lines.slice(-SHOWN_LINES) ?? [];
  return [
    ...(step && output.length > 0
      ? [
          '------',
          ` > ${step.title}:`,
          ...output.map(([after, line]) => `${(after / 1000).toFixed(3)} ${line}`),
          '------',
        ]
      : []),
    ...excerpt(failed),
    // who builds several tells the error itself
    ...(failed.message === ''
      ? []
      : [`ERROR: failed to build: failed to solve: ${commandText(failed.message)}`]),
    ...(failed.kept ? [`\nWhat the step left is kept: lade run --failed opens a shell in it`] : []),
  ].join('\n');
}

type Warning = Extract<BuildEventLine, { type: 'warning' }>;

/** What the checks of the Dockerfile found, as buildx prints it behind a build; '' for nothing. */
export function warningsText(warnings: readonly Warning[]): string {
  if (warnings.length === 0) return '';
  const lines = warnings.map(
    ({ rule, message, line }) =>
      ` - ${rule === undefined ? '' : `${rule}: `}${message}${line === undefined ? '' : ` (line ${line})`}\n`,
  );
  return `\n ${warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`} found:\n${lines.join('')}`;
}

/** The lines of the Dockerfile around the mistake, as BuildKit prints them. */
export function excerpt({
  source,
  file,
  line,
  endLine = line,
  column,
}: Partial<Pick<Failed, 'source' | 'file' | 'line' | 'column'>> & {
  readonly endLine?: number | undefined;
}): string[] {
  if (source === undefined || file === undefined || line === undefined || endLine === undefined) return [];
  const lines = source.split('\n');
  const first = Math.max(1, line - AROUND);
  const last = Math.min(lines.length, endLine + AROUND);
  const shown = lines.slice(first - 1, last).map((text, at) => {
    const number = first + at;
    return `${String(number).padStart(4)} | ${number >= line && number <= endLine ? '>>>' : '   '} ${text}`;
  });
  const place = column === undefined || column === 1 ? `${file}:${line}` : `${file}:${line}:${column}`;
  return [place, '-'.repeat(20), ...shown, '-'.repeat(20)];
}

/** BuildKit's words for a command that failed. */
export const commandText = (message: string): string =>
  message.replace(
    /^The command '([\s\S]*)' returned a non-zero code: (\d+)$/,
    (_all, command: string, code: string) =>
      `process ${JSON.stringify(command)} did not complete successfully: exit code: ${code}`,
  );
