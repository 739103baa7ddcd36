import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseGlobals } from '../../src/cli/compose/globals.ts';
import { ComposeError, formatProblem, formatProblems } from '../../src/compose/load/compose-error.ts';
import { loadProject } from '../../src/compose/load/load-project.ts';
import { messageOf } from '../../src/lib/errors.ts';
import { type ComposeCase, writeCase } from './cases.ts';

/** What is told when a project is loaded: the errors line by line, or else the warnings. The folder itself is told as `/mnt`. */
export function said(directory: string, one: ComposeCase): string[] {
  const folder = join(directory, 'mnt');
  mkdirSync(folder, { recursive: true });
  writeCase(folder, one);
  const lines = told(folder, one).flatMap((text) => text.split('\n'));
  return lines.map((line) => line.replaceAll(folder, '/mnt'));
}

function told(folder: string, one: ComposeCase): readonly string[] {
  const { globals } = parseGlobals(one.flags);
  try {
    const { warnings, notes } = loadProject({
      files: globals.file,
      profiles: globals.profile,
      cwd: folder,
      env: { HOME: '/root', ...one.env },
      ...(globals['project-name'] !== undefined && { projectName: globals['project-name'] }),
    });
    return [
      ...warnings.map((warning) => `WARN ${warning}`),
      ...notes.map((note) => formatProblem(note, folder)),
    ];
  } catch (error) {
    return [error instanceof ComposeError ? formatProblems(error, folder) : messageOf(error)];
  }
}
