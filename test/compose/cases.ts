import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** One project: its files and how `compose … config` is called in their folder. */
export interface ComposeCase {
  readonly theme: string;
  readonly title: string;
  /** Options before `config`. */
  readonly globals: readonly string[];
  /** What stands behind it. */
  readonly options: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

/** What comes of it, with the folder of the files as `$DIR` and the home as `$HOME`. */
export type CaseResult =
  | { readonly model: unknown; readonly warnings: readonly string[] }
  | { readonly error: string };

/*
 * cases/<theme>.txt
 *   ## title
 *   > options                   before `config`; optional
 *   + options                   behind it; optional
 *   $ NAME=value                a variable of the shell; any number of them
 *   compose.yaml, unless it is empty
 *   @@ path                     another file, up to the next line of this kind; `-` is standard input
 * cases/<theme>.json            what Docker Compose makes of it (record.ts)
 */
const folder = join(import.meta.dirname, 'cases');

export const readCases = (): ComposeCase[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .toSorted()
    .flatMap((name) => parseCases(name.slice(0, -4), readFileSync(join(folder, name), 'utf8')));

export const resultsPath = (theme: string): string => join(folder, `${theme}.json`);

function parseCases(theme: string, text: string): ComposeCase[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      const [head = '', ...others] = part.slice(end + 1).split(/^@@ /m);
      const [, marks = '', main = ''] = /^((?:[>+$] .*\n)*)([\s\S]*)$/.exec(head) ?? [];
      const marked = (mark: string): string[] =>
        marks.split('\n').flatMap((line) => (line.startsWith(`${mark} `) ? [line.slice(2)] : []));
      const words = (mark: string): string[] =>
        marked(mark).flatMap((line) => line.split(' ').filter(Boolean));
      return {
        theme,
        title: part.slice(0, end),
        globals: words('>'),
        options: words('+'),
        env: Object.fromEntries(
          marked('$').map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
        ),
        files: Object.fromEntries([
          ...(main.trim() === '' ? [] : [['compose.yaml', main] as const]),
          ...others.map((file) => {
            const name = file.slice(0, file.indexOf('\n'));
            return [name, file.slice(name.length + 1)] as const;
          }),
        ]),
      };
    });
}

/** Writes the files of a case into a folder of their own, whose name is that of the project. */
export function writeFiles(directory: string, { files }: ComposeCase): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
}

/** Text without what differs from run to run. */
export const withoutPaths = (text: string, directory: string): string =>
  text.replaceAll(directory, '$DIR').replaceAll(dirname(directory), '$UP').replaceAll(homedir(), '$HOME');
