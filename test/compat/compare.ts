import { comparable } from './normalize.ts';
import type { Answer, Step } from './transcript.ts';

/** The answers to a step that are right, the likeliest first; at least one. */
type Right = (step: Step) => readonly [Answer, ...Answer[]];

/** lading's own where it differs on purpose. */
const ladings: Right = ({ lading, docker }) => [lading?.answer ?? docker];

/** Where Docker's client talks to lading: what differs on purpose is the work of one of the two, and only one is here. */
export const eithers: Right = ({ lading, docker }) => [docker, ...(lading ? [lading.answer] : [])];

/**
 * @returns what differs from the transcript, one line an entry, `-` what it has and `+` what came; empty when nothing does
 */
export function differences(
  file: string,
  steps: readonly Step[],
  answers: readonly Answer[],
  right: Right = ladings,
): string[] {
  return steps.flatMap((step, index) => {
    const came = lines(answers[index] ?? { stdout: '', stderr: '', status: -1 });
    const [first, ...others] = right(step);
    const wanted = lines(first);
    if ([wanted, ...others.map(lines)].some((one) => one.join('\n') === came.join('\n'))) return [];
    return [`${file}:${step.line}: ${step.command}`, ...changed(wanted, came)];
  });
}

function lines({ stdout, stderr, status }: Answer): string[] {
  const marked = (mark: string, text: string): string[] =>
    comparable(text)
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => `${mark} ${line}`);
  // Docker's clients end what they say with an empty line where a status is all that is wrong.
  return [...marked('|', stdout), ...marked('!', stderr.replace(/\n+$/, '\n')), `? ${status}`];
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
