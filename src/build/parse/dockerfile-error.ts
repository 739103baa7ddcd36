import { EngineError, type ErrorKind } from '../../lib/errors.ts';

/** A place in a source file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** An error in a Dockerfile. Its message starts with `file:line:column: `. */
export class DockerfileError extends EngineError {
  readonly file: string;
  readonly position: Position;

  constructor(
    file: string,
    position: Position,
    message: string,
    { kind = 'invalid', ...options }: ErrorOptions & { readonly kind?: ErrorKind } = {},
  ) {
    super(kind, `${file}:${position.line}:${position.column}: ${message}`, options);
    this.name = 'DockerfileError';
    this.file = file;
    this.position = position;
  }
}

/** An error whose place its thrower knows, but not the file; `parseDockerfile` and the planner complete it. */
export class SourceError extends Error {
  readonly position: Position;

  constructor(position: Position, message: string) {
    super(message);
    this.name = 'SourceError';
    this.position = position;
  }
}

/** Runs work on one file and gives the SourceErrors in it their file name. */
export function inFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SourceError) throw new DockerfileError(file, error.position, error.message);
    throw error;
  }
}
