import { invalid } from '../lib/errors.ts';

const allowed = '[a-zA-Z0-9][a-zA-Z0-9_.-]';
const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const LONGEST = 255;

/** Throws `invalid` with Docker's texts for what can't name a volume; the name is also its directory. */
export function checkVolumeName(name: string): void {
  if (name.length < 2)
    throw invalid(
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  if (!pattern.test(name) || name.length > LONGEST)
    throw invalid(
      `create ${name}: ${JSON.stringify(name)} includes invalid characters for a local volume name, only "${allowed}" are allowed. ` +
        'If you intended to pass a host directory, use absolute path',
    );
}
