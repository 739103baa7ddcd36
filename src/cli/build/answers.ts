import type { BuildOutcome } from '../../client/build/run-build.ts';
import { splitCsv } from '../../lib/csv.ts';
import { invalid } from '../../lib/errors.ts';
import type { Context } from '../context.ts';
import { excerpt } from './progress/failure.ts';

/** What is asked about a Dockerfile in the place of a build, and how it is shown. */
export interface BuildQuestion {
  readonly name: string;
  readonly format: string;
  /** Ends with 0 whatever was found. */
  readonly ignoreStatus: boolean;
}

/** `check`, `outline`, `targets`, with `,format=json` and `,ignorestatus=true`; undefined for `build`. */
export function parseCall(text: string): BuildQuestion | undefined {
  let name = '';
  let format = '';
  let ignoreStatus = false;
  for (const field of splitCsv(text)) {
    const [key = '', value] = field.split(/=(.*)/s);
    if (value === undefined && name === '') name = key;
    else if (key === 'format') format = value ?? '';
    else if (key === 'ignorestatus') ignoreStatus = /^(?:1|t|true)$/i.test(value ?? '');
    else
      throw invalid(
        `invalid print ${value === undefined ? 'value' : 'field'}: ${value === undefined ? text : field}`,
      );
  }
  if (name === 'build' || name === '') return undefined;
  return { name: name === 'check' ? 'lint' : name, format, ignoreStatus };
}

type Answered = Extract<BuildOutcome, { type: 'answered' }>;

/** Shows an answer as buildx does; returns the exit status. */
export function showAnswer({ out, err }: Context, question: BuildQuestion, { documents }: Answered): number {
  const json = documents['result.json'] ?? '{}';
  const status = question.ignoreStatus ? 0 : Number(documents['result.statuscode'] ?? 0);
  if (question.format === 'json') {
    out.write(`${JSON.stringify(JSON.parse(json), null, 2)}\n`);
    return status;
  }
  const show = Object.hasOwn(shows, question.name) ? shows[question.name] : undefined;
  out.write(show ? show(JSON.parse(json) as never) : (documents['result.txt'] ?? ''));
  if (question.name === 'lint') err.write(lintProblem(JSON.parse(json) as Lint));
  return status;
}

interface Place {
  readonly location: { readonly ranges?: readonly { readonly start: Line; readonly end: Line }[] };
}
type Line = { readonly line: number };

interface Lint {
  readonly warnings: readonly (Place & {
    readonly ruleName: string;
    readonly url: string;
    readonly detail: string;
  })[];
  readonly sources: readonly { readonly filename: string; readonly data: string }[];
  readonly buildError?: Place & { readonly message: string };
}

interface Outline {
  readonly name?: string;
  readonly description?: string;
  readonly args: readonly { readonly name: string; readonly value?: string; readonly description?: string }[];
  readonly secrets: readonly { readonly name: string; readonly required?: boolean }[];
  readonly ssh: readonly { readonly name: string; readonly required?: boolean }[];
}

interface Targets {
  readonly targets: readonly {
    readonly name?: string;
    readonly default?: boolean;
    readonly description?: string;
  }[];
}

const shows: Readonly<Record<string, (answer: never) => string>> = { lint, outline, targets };

function lint({ warnings, sources, buildError }: Lint): string {
  const shown = warnings.map((warning) =>
    [`\nWARNING: ${warning.ruleName} - ${warning.url}`, warning.detail, ...placeOf(warning, sources)].join(
      '\n',
    ),
  );
  const count = warnings.length;
  if (count === 0) return buildError ? '' : 'Check complete, no warnings found.\n';
  const found = count === 1 ? '1 warning has' : `${count} warnings have`;
  return `${[`Check complete, ${found} been found!`, ...shown].join('\n')}\n`;
}

/** Why the Dockerfile can't be built, as far as checking found out; rules that are to be errors have no place of their own. */
const lintProblem = ({ sources, buildError }: Lint): string =>
  buildError ? `${[`ERROR: ${buildError.message}`, ...placeOf(buildError, sources)].join('\n')}\n` : '';

function placeOf({ location: { ranges = [] } }: Place, [source]: Lint['sources']): string[] {
  const [range] = ranges;
  if (!range || !source) return [];
  const text = Buffer.from(source.data, 'base64').toString();
  return excerpt({ source: text, file: source.filename, line: range.start.line, endLine: range.end.line });
}

function outline({ name, description, args, secrets, ssh }: Outline): string {
  const required = (list: Outline['ssh']): string[][] =>
    list.map((each) => [each.name, each.required ? 'true' : '']);
  const head = [['TARGET:', name ?? '(default)'], ...(description ? [['DESCRIPTION:', description]] : [])];
  return [
    ...(name || description ? [head.map((row) => columns([row], head, 1)).join('')] : []),
    ...(args.length > 0
      ? [
          table(
            ['BUILD ARG', 'VALUE', 'DESCRIPTION'],
            args.map((arg) => [arg.name, arg.value ?? '', arg.description ?? '']),
          ),
        ]
      : []),
    ...(secrets.length > 0 ? [table(['SECRET', 'REQUIRED'], required(secrets))] : []),
    ...(ssh.length > 0 ? [table(['SSH', 'REQUIRED'], required(ssh))] : []),
  ]
    .map((part) => `${part}\n`)
    .join('');
}

function targets({ targets: all }: Targets): string {
  const rows = all.map((each) => [
    each.default ? `${each.name ? `${each.name} ` : ''}(default)` : (each.name ?? ''),
    each.description ?? '',
  ]);
  return table(['TARGET', 'DESCRIPTION'], rows, 1);
}

const table = (head: string[], rows: string[][], gap = 3): string =>
  columns([head, ...rows], [head, ...rows], gap);

/** Rows in columns as wide as those of `all`; the last one has no end. */
function columns(rows: readonly string[][], all: readonly string[][], gap: number): string {
  const widths = (all[0] ?? []).map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)) + gap);
  return rows
    .map(
      (row) =>
        `${row.map((cell, at) => (at < row.length - 1 ? cell.padEnd(widths[at] ?? 0) : cell)).join('')}\n`,
    )
    .join('');
}
