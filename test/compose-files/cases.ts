import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A project of a few small files, and how it is loaded. */
export interface ComposeCase {
  /** The theme: the name of the text file that it stands in. */
  readonly theme: string;
  readonly title: string;
  /** Words in front of the command: flags; `NAME=value` is a variable of the shell. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

/** What a case expects, or what is done with it. */
interface Script {
  readonly messages: readonly string[];
  readonly commands: readonly string[];
}

/*
 * <folder>/<theme>.txt
 *   ## title
 *   > flags and NAME=value        optional
 *   compose.yaml
 *   @@ path                       one more file, up to the next line of this kind
 *   !! message                    in wrong/: what is told, a line each
 *   $ command line                in commands/: what is run
 */
export function readCases(folder: string): (ComposeCase & Script)[] {
  return readdirSync(join(import.meta.dirname, folder))
    .filter((name) => name.endsWith('.txt'))
    .toSorted()
    .flatMap((name) =>
      readFileSync(join(import.meta.dirname, folder, name), 'utf8')
        .split(/^## /m)
        .slice(1)
        .map((part) => parseCase(name.slice(0, -4), part)),
    );
}

function parseCase(theme: string, part: string): ComposeCase & Script {
  const lines = part.split('\n');
  const marked = (mark: string): string[] =>
    lines.filter((line) => line.startsWith(`${mark} `)).map((line) => line.slice(mark.length + 1));
  const words = marked('>').flatMap((line) => line.split(' ').filter(Boolean));
  const isVariable = (word: string): boolean => /^[A-Za-z_]\w*=/.test(word);
  const [main = '', ...others] = lines
    .slice(1)
    .filter((line) => !/^(!!|>|\$) /.test(line))
    .join('\n')
    .split(/^@@ /m);
  return {
    theme,
    title: lines[0] ?? '',
    flags: words.filter((word) => !isVariable(word)),
    env: Object.fromEntries(
      words
        .filter(isVariable)
        .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
    ),
    files: Object.fromEntries([
      ...(main === '' ? [] : [['compose.yaml', main] as const]),
      ...others.map(
        (text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1)] as const,
      ),
    ]),
    messages: marked('!!'),
    commands: marked('$'),
  };
}

export function writeCase(directory: string, { files }: ComposeCase): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
