import { fullDisk } from './full-disk.ts';

/** The closed set of ways in which a request to the engine can fail. `wire/status.ts` gives each its HTTP status. */
export type ErrorKind =
  | 'invalid' // the request itself is wrong
  | 'unauthorized' // credentials are missing or refused
  | 'forbidden' // understood, and not allowed
  | 'not-found'
  | 'conflict' // the object is in a state, or has a name, that forbids it
  | 'not-modified' // already so: starting what runs, stopping what is stopped
  | 'gone' // was there, and is no longer
  | 'unavailable' // a part that is needed does not answer at the moment
  | 'not-in-swarm'
  | 'not-implemented'
  | 'cancelled'
  | 'refused' // the request is wrong or not allowed, and Docker answers it as a failure of its own
  | 'internal';

/** The one error class that crosses folders. `message` is complete by itself and starts as Docker's does where clients match on it. */
export class EngineError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.kind = kind;
  }
}

export const invalid = (message: string, cause?: unknown): EngineError => make('invalid', message, cause);
export const notFound = (message: string, cause?: unknown): EngineError => make('not-found', message, cause);
export const conflict = (message: string, cause?: unknown): EngineError => make('conflict', message, cause);
export const refused = (message: string, cause?: unknown): EngineError => make('refused', message, cause);
export const internal = (message: string, cause?: unknown): EngineError => make('internal', message, cause);

function make(kind: ErrorKind, message: string, cause: unknown): EngineError {
  return new EngineError(kind, message, cause === undefined ? undefined : { cause });
}

/** The same error with words before its message that say what was attempted. */
export function prefixed(prefix: string, error: unknown): EngineError {
  return new EngineError(kindOf(error), `${prefix}: ${messageOf(error)}`, { cause: error });
}

/** The kind of anything that was thrown; what is not ours is `internal`, an abort is `cancelled`. */
export function kindOf(error: unknown): ErrorKind {
  if (error instanceof EngineError) return error.kind;
  return isAbort(error) ? 'cancelled' : 'internal';
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

/** The message of anything that was thrown; of a full disk, where it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? (fullDisk(error) ?? error.message) : String(error);
}

/** Whether a Node system call failed with this code, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
