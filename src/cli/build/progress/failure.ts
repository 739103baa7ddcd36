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
    `ERROR: failed to build: failed to solve: ${commandText(failed.message)}`,
    ...(failed.kept ? [`\nWhat the step left is kept: lade run --failed opens a shell in it`] : []),
  ].join('\n');
}

/** The lines of the Dockerfile around the mistake, as BuildKit prints them. */
function excerpt({ source, file, line, column }: Failed): string[] {
  if (source === undefined || file === undefined || line === undefined) return [];
  const lines = source.split('\n');
  const first = Math.max(1, line - AROUND);
  const last = Math.min(lines.length, line + AROUND);
  const shown = lines.slice(first - 1, last).map((text, at) => {
    const number = first + at;
    return `${String(number).padStart(4)} | ${number === line ? '>>>' : '   '} ${text}`;
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
