import type { BuildPaths } from '../ops/services.ts';
import type { BuildRequest } from '../types.ts';

/** Builds whose tags differ only behind the colon are compared with one another: `app:1` and `app:2`. */
export const familyOf = (lineage: string): string => lineage.replace(/(?<=[^/]):[\w.-]+$/, '');

/** The first tag, else the directory of the context, unless that is only for this build. */
export function lineageOf(
  { lineage, tags, contextDir }: Pick<BuildRequest, 'lineage' | 'tags' | 'contextDir'>,
  { build }: BuildPaths,
): string {
  return lineage ?? tags[0] ?? (contextDir.startsWith(`${build}/`) ? '' : contextDir);
}
