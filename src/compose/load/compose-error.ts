import { EngineError } from '../../lib/errors.ts';
import { relative } from 'node:path';
import type { Place } from './tree.ts';

/** One thing that is wrong in a Compose file. */
export interface Problem {
  readonly place: Place;
  readonly message: string;
}

/** What is worth telling though nothing is wrong; `about` is the warning that it says more about. */
export interface Note extends Problem {
  readonly about?: string;
}

/** What is wrong in the Compose files, all of it at once and in its order: a line `file:line:column: message` each. */
export class ComposeError extends EngineError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const sorted = inOrder(problems);
    super('invalid', sorted.map(problemLine).join('\n'));
    this.name = 'ComposeError';
    this.problems = sorted;
  }
}

export const formatPlace = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;

const problemLine = ({ place, message }: Problem): string => `${formatPlace(place)}: ${message}`;

export const problemAt = (place: Place, message: string): ComposeError =>
  new ComposeError([{ place, message }]);

/** File by file as they come, from top to bottom, each thing once. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map(({ place }) => place.file))];
  const once = new Map(problems.map((problem) => [problemLine(problem), problem]));
  return [...once.values()].toSorted(
    ({ place: a }, { place: b }) =>
      files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}

/** Does work for each item and throws what is wrong with any of them at once. */
export function forAll<T, R>(items: Iterable<T>, work: (item: T) => R): R[] {
  const problems: Problem[] = [];
  const results: R[] = [];
  for (const item of items)
    try {
      results.push(work(item));
    } catch (error) {
      if (!(error instanceof ComposeError)) throw error;
      problems.push(...error.problems);
    }
  if (problems.length > 0) throw new ComposeError(problems);
  return results;
}

/** The problems of an error with the lines that they are in, what is meant underlined; files are named from `cwd`. */
export const formatProblems = ({ problems }: ComposeError, cwd: string): string =>
  problems.map((problem) => formatProblem(problem, cwd)).join('\n');

export const formatProblem = ({ place, message }: Problem, cwd: string): string =>
  [`${formatPlace(placeFrom(place, cwd))}: ${shortened(message)}`, ...excerptOf(place)].join('\n');

/** Letters of a message, and of a line around what is meant, that are shown. */
const LONGEST = 300;

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** A place whose file is named from a folder, when it is in there. */
export function placeFrom(place: Place, cwd: string): Place {
  const file = place.file.startsWith('/') ? relative(cwd, place.file) : place.file;
  return file === '' || file.startsWith('..') ? place : { ...place, file };
}

function excerptOf({ line, column, text, length = 1 }: Place): string[] {
  if (text === undefined || text.trim() === '') return [];
  const number = String(line);
  const from = text.length > LONGEST ? Math.max(0, column - 1 - LONGEST / 4) : 0;
  const shown = text.slice(from, from + LONGEST);
  const blanks = text.slice(from, column - 1).replace(/[^\t]/g, ' ');
  const marks = '^'.repeat(Math.max(1, Math.min(length, shown.length - blanks.length)));
  return [`  ${number} | ${shown}`, `  ${' '.repeat(number.length)} | ${blanks}${marks}`];
}
