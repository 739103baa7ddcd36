import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalid, messageOf } from '../../lib/errors.ts';
import type { BuildCall } from '../../wire/build.ts';

/** What `$EXPERIMENTAL_BUILDKIT_SOURCE_POLICY` names, as with buildx: what a build may read. The engine looks into it. */
export function readPolicyFile({
  env,
  cwd,
}: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}): BuildCall['policy'] {
  const path = env['EXPERIMENTAL_BUILDKIT_SOURCE_POLICY'];
  if (!path) return undefined;
  try {
    const policy: unknown = JSON.parse(readFileSync(resolve(cwd, path), 'utf8'));
    if (typeof policy === 'object' && policy !== null) return policy;
    throw invalid('it holds no object');
  } catch (error) {
    throw invalid(`failed to read the source policy ${path}: ${messageOf(error)}`, error);
  }
}
