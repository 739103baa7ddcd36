import { messageOf } from '../../lib/errors.ts';
import { parseReference, type Reference, repositoryOf, withDefaultTag } from '../../oci/reference.ts';
import { ExitError } from '../exit-code.ts';

/** What people type, with `latest` where it has neither tag nor digest. `what` is told with a name that makes no sense. */
export function parseName(text: string, what?: string): Reference {
  try {
    return withDefaultTag(parseReference(text));
  } catch (error) {
    throw new ExitError(1, what === undefined ? messageOf(error) : `${what} ${text}: ${messageOf(error)}`);
  }
}

/** `docker.io/library/busybox:latest`: all of it. */
export const fullName = (reference: Reference): string =>
  repositoryOf(reference) +
  (reference.tag === undefined ? '' : `:${reference.tag}`) +
  (reference.digest === undefined ? '' : `@${reference.digest}`);
