import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ComposeCase } from './cases.ts';

/** What `config --format json` prints of a project, and its warnings; the folder of the files is `$DIR`, the home `$HOME`. */
export type CaseModel =
  | { readonly model: unknown; readonly warnings: readonly string[] }
  | { readonly error: string };

export const modelsPath = (theme: string): string => join(import.meta.dirname, 'models', `${theme}.json`);

export const readModels = (theme: string): Readonly<Record<string, CaseModel>> =>
  JSON.parse(readFileSync(modelsPath(theme), 'utf8')) as Record<string, CaseModel>;

/** A command line of compose: flags behind the word `config` are its own. */
export function configLine({ flags }: ComposeCase): string[] {
  const [globals, options] = flags.includes('config')
    ? [flags.slice(0, flags.indexOf('config')), flags.slice(flags.indexOf('config') + 1)]
    : [flags, []];
  return [...globals, 'config', '--format', 'json', ...options];
}

/** Text without what differs from run to run. */
export const withoutPaths = (text: string, directory: string): string =>
  text.replaceAll(directory, '$DIR').replaceAll(dirname(directory), '$UP').replaceAll(homedir(), '$HOME');
