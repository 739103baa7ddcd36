import { dirname, resolve } from 'node:path';
import { namedFiles, standardFiles } from './find-files.ts';
import type { LoadOptions } from './load-options.ts';
import { envFilesOf, shellEnvironment, withEnvFiles } from './project-environment.ts';
import type { Reading } from './scope.ts';
import { copyFrom, isRemote } from './remote-reference.ts';

/** Where a project is and what its variables are. */
export interface ProjectLocation {
  /** Absolute; `-` is standard input. */
  readonly files: readonly string[];
  readonly workingDir: string;
  /** The folder whose name is that of the project, unless it has another one. */
  readonly namingDir: string;
  /** The shell over the env files. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Finds the files of a project. The `.env` of the folder where the command is may name them (`COMPOSE_FILE`); that of the project's
 * own folder is read as well, and yields to what is known by then.
 */
export function locateProject(
  options: LoadOptions,
  told: Pick<Reading, 'warn' | 'note' | 'origins'>,
): ProjectLocation {
  const given = options.projectDirectory && resolve(options.cwd, options.projectDirectory);
  const start = given || folderOf(namedFiles(options.files, options.cwd, {}), options.cwd);
  const first = withEnvFiles(shellEnvironment(options), envFilesOf(options, start), told);
  const named = namedFiles(options.files, options.cwd, first);
  const files = named.length > 0 ? named : standardFiles(start, told.warn);
  const copyOf = copyFrom(options.copies);
  const copy = copyOf(files.find(isRemote) ?? '');
  const namingDir = given || folderOf(files, options.cwd);
  const workingDir = copy === undefined ? namingDir : dirname(copy);
  return {
    files: files.map((file) => copyOf(file) ?? file),
    workingDir,
    namingDir,
    environment: withEnvFiles(first, envFilesOf(options, namingDir), told),
  };
}

/** The folder of the first file that has one here: standard input is read where the command is. */
function folderOf(files: readonly string[], cwd: string): string {
  const first = files.find((file) => file !== '-');
  return first === undefined || files.some(isRemote) ? cwd : dirname(first);
}
