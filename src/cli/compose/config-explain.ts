import { placeFrom } from '../../compose/load/compose-error.ts';
import type { LoadStep } from '../../compose/load/load-options.ts';
import { type Explained, explain, type Origin } from '../../compose/model/explain.ts';
import { goYaml } from '../../lib/go-yaml.ts';
import { didYouMean } from '../../lib/suggest.ts';
import { ExitError } from '../exit-code.ts';
import type { ComposeContext } from './globals.ts';

interface ExplainFlags {
  readonly format?: string | undefined;
}

/** Prints each value of the project with the place where it comes from; `parts` are services or keys (`services.web.environment`). */
export async function explainConfig(
  context: ComposeContext,
  { format }: ExplainFlags,
  parts: readonly string[],
  skip: ReadonlySet<LoadStep>,
): Promise<void> {
  if (format !== undefined && format !== 'json')
    throw new ExitError(
      1,
      `unsupported format ${JSON.stringify(format)}: --explain knows json, and a form for people`,
    );
  const project = context.load(
    parts.filter((part) => !part.includes('.')),
    skip,
  );
  const all = explain({ ...project, shell: context.env });
  const chosen = parts.length === 0 ? all : parts.flatMap((part) => partOf(all, part, project.services));
  const text = format === 'json' ? json(chosen) : lines(chosen, context.cwd);
  context.out.write(text);
}

/** What stands below a key; a service is named by itself, too. */
function partOf(
  all: readonly Explained[],
  part: string,
  services: ReadonlyMap<string, unknown>,
): readonly Explained[] {
  const key = services.has(part) ? `services.${part}` : part;
  const found = all.filter(
    ({ path }) => path === key || (/^[.[]/.test(path.slice(key.length)) && path.startsWith(key)),
  );
  if (found.length > 0) return found;
  const known = new Set(all.flatMap(({ path }) => prefixes(path)));
  throw new ExitError(1, `nothing is at ${part}${didYouMean(key, known)}`);
}

const prefixes = (path: string): string[] => {
  const parts = path.split('.');
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
};

/** `path: value   place`, and below it what was overridden. */
function lines(all: readonly Explained[], cwd: string): string {
  const rows = all.flatMap(({ path, value, from, variables, before }) => [
    [
      `${path}: ${yamlText(value)}`,
      [originText(from, cwd), ...variables.map((one) => variableText(one, cwd))].join(', '),
    ],
    ...before.map((old) => [`  was ${yamlText(old.value)}`, originText(old.from, cwd)]),
  ]);
  const width = Math.min(60, Math.max(0, ...rows.map(([left = '']) => left.length)));
  return rows.map(([left = '', right = '']) => `${left.padEnd(width)}  ${right}\n`).join('');
}

/** A value in one line of YAML. */
function yamlText(value: unknown): string {
  if (value === undefined) return '(removed by !reset)';
  return (typeof value === 'string' && !value.includes('\n')) || typeof value === 'number'
    ? goYaml(new Map([['x', value]])).slice(3, -1)
    : JSON.stringify(value);
}

const variableText = ({ name, from }: Explained['variables'][number], cwd: string): string =>
  from.kind === 'default' ? `$${name} is not set` : `$${name} of ${originText(from, cwd)}`;

const prepositions: Readonly<Record<Origin['kind'], string>> = {
  file: '',
  override: '',
  include: ' (include)',
  extends: ' (extends)',
  'env-file': '',
  shell: 'the shell',
  default: '',
  implied: ' (implied)',
};

function originText({ kind, place }: Origin, cwd: string): string {
  if (!place) return prepositions[kind];
  const { file, line, column } = placeFrom(place, cwd);
  return `${file}:${line}${kind === 'env-file' ? '' : `:${column}`}${prepositions[kind]}`;
}

const json = (all: readonly Explained[]): string =>
  `${JSON.stringify(
    all.map(({ path, value, from, variables, before }) => ({
      path,
      ...valueJson(value),
      from: originJson(from),
      ...(variables.length > 0 && {
        variables: variables.map(({ name, from: origin }) => ({ name, from: originJson(origin) })),
      }),
      ...(before.length > 0 && {
        before: before.map((old) => ({ ...valueJson(old.value), from: originJson(old.from) })),
      }),
    })),
    undefined,
    2,
  )}\n`;

const valueJson = (value: unknown): object => (value === undefined ? { removed: true } : { value });

const originJson = ({ kind, place }: Origin): object => ({
  kind,
  ...(place && { file: place.file, line: place.line, column: place.column }),
});
