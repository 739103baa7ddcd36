import { resolve } from 'node:path';
import { namedFiles, standardFiles } from './find-files.ts';
import type { LoadOptions } from './load-options.ts';
import { envFilesOf, shellEnvironment, withEnvFiles } from './project-environment.ts';
import { folderOf } from './remote-reference.ts';

/** Where a project is and what its variables are. */
export interface ProjectLocation {
  /** Absolute; `-` is standard input. */
  readonly files: readonly string[];
  readonly workingDir: string;
  /** The shell over the env files. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Finds the files of a project. The `.env` of the folder where the command is may name them (`COMPOSE_FILE`); that of the project's
 * own folder is read as well, and yields to what is known by then.
 */
export function locateProject(options: LoadOptions, warn: (message: string) => void): ProjectLocation {
  const given = options.projectDirectory && resolve(options.cwd, options.projectDirectory);
  const start = given || folderOf(namedFiles(options.files, options.cwd, {}), options.cwd);
  const first = withEnvFiles(shellEnvironment(options), envFilesOf(options, start), warn);
  const named = namedFiles(options.files, options.cwd, first);
  const files = named.length > 0 ? named : standardFiles(start, warn);
  const workingDir = given || folderOf(files, options.cwd);
  return { files, workingDir, environment: withEnvFiles(first, envFilesOf(options, workingDir), warn) };
}
