import type { ErrorKind } from '../lib/errors.ts';

/** The HTTP status of each kind of error. A new kind does not compile until it has one. */
export const httpStatus = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'not-modified': 304,
  gone: 410,
  'not-in-swarm': 503,
  'not-implemented': 501,
  cancelled: 499,
  internal: 500,
  refused: 500,
  unavailable: 500, // as Docker has it: its registries and runtimes are parts of the server
} as const satisfies Record<ErrorKind, number>;

/** The kind that a client reads out of an answer's status. */
export function kindOfStatus(status: number): ErrorKind {
  const found = Object.entries(httpStatus).find(([, code]) => code === status);
  if (found) return found[0] as ErrorKind;
  return status >= 400 && status < 500 ? 'invalid' : 'internal';
}

/** Body of every error answer. */
export interface ErrorBody {
  readonly message: string;
}
