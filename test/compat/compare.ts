import { comparable } from './normalize.ts';
import type { Answer, Step } from './transcript.ts';

/**
 * @returns what differs from the transcript, one line an entry, `-` what it has and `+` what came; empty when nothing does
 */
export function differences(file: string, steps: readonly Step[], answers: readonly Answer[]): string[] {
  return steps.flatMap((step, index) => {
    const wanted = lines(step.lading?.answer ?? step.docker);
    const came = lines(answers[index] ?? { stdout: '', stderr: '', status: -1 });
    if (wanted.join('\n') === came.join('\n')) return [];
    return [`${file}:${step.line}: ${step.command}`, ...changed(wanted, came)];
  });
}

function lines({ stdout, stderr, status }: Answer): string[] {
  const marked = (mark: string, text: string): string[] =>
    comparable(text)
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => `${mark} ${line}`);
  return [...marked('|', stdout), ...marked('!', stderr), `? ${status}`];
}

/** What both begin and end with is left out. */
function changed(wanted: readonly string[], came: readonly string[]): string[] {
  const shorter = Math.min(wanted.length, came.length);
  let start = 0;
  while (start < shorter && wanted[start] === came[start]) start++;
  let end = 0;
  while (end < shorter - start && wanted.at(-1 - end) === came.at(-1 - end)) end++;
  const middle = (list: readonly string[], sign: string): string[] =>
    list.slice(start, list.length - end).map((line) => `  ${sign} ${line}`);
  return [...middle(wanted, '-'), ...middle(came, '+')];
}
