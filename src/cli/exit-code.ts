import { ResponseError } from '../client/transport.ts';
import { messageOf } from '../lib/errors.ts';

/** Ends a command with a status and, if there is one, a message on standard error. */
export class ExitError extends Error {
  readonly status: number;

  constructor(status: number, message = '') {
    super(message);
    this.name = 'ExitError';
    this.status = status;
  }
}

/**
 * Docker's exit statuses of `run`, `start` and `exec` when the engine refuses: 127 not found, 126 not executable, else 125.
 * The API tells no more than a text, so this looks at it as Docker's CLI does.
 */
export function startFailureStatus(error: unknown): number {
  const message = messageOf(error);
  if (/executable file not found|no such file or directory/.test(message)) return 127;
  if (/permission denied|is a directory|exec format error/.test(message)) return 126;
  return 125;
}

/** The line that a failed command prints. Docker's clients begin it like this, and scripts match on it. */
export function errorLine(error: unknown): string {
  return error instanceof ResponseError ? `Error response from daemon: ${error.message}` : messageOf(error);
}
