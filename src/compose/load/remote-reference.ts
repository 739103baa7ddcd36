import { EngineError } from '../../lib/errors.ts';
import { parseGitUrl } from '../../lib/git-url.ts';
import { formatPlace, problemAt } from './compose-error.ts';
import type { Place } from './tree.ts';

/** A Compose file that lies elsewhere: in a registry (`oci://…`) or a git repository. */
export const isRemote = (name: string): boolean =>
  name.startsWith('oci://') ||
  (/^([A-Za-z][A-Za-z0-9+.-]*:\/\/|github\.com\/|[\w.-]+@)/.test(name) &&
    parseGitUrl(name, { short: true }) !== undefined);

/** Loading has come to a file that lies elsewhere: it goes on from the start when there is a copy of it. */
export class RemoteNeeded extends EngineError {
  readonly reference: string;

  constructor(reference: string, place?: Place) {
    super('unavailable', `${place ? `${formatPlace(place)}: ` : ''}${reference} has not been fetched`);
    this.name = 'RemoteNeeded';
    this.reference = reference;
  }
}

/** Says where the copy of a remote file is, by what `copies` has; undefined for names of local files. */
export const copyFrom =
  (copies: ReadonlyMap<string, string> = new Map()) =>
  (name: string, place?: Place): string | undefined => {
    if (!readRemote(name, place)) return undefined;
    const copy = copies.get(name);
    if (copy === undefined) throw new RemoteNeeded(name, place);
    return copy;
  };

function readRemote(name: string, place: Place | undefined): boolean {
  try {
    return isRemote(name);
  } catch (error) {
    throw place && error instanceof Error ? problemAt(place, error.message) : error;
  }
}
