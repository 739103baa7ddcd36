import { invalid } from '../../lib/errors.ts';
import type { SolveRequest } from '../message-types.ts';

/** How images are written: as of today (30), or with the media types of BuildKit 0.15 to 0.31 (20). */
export type Compatibility = 20 | 30;

/** What a client asks for (BuildKit, "compatibility-version"); by default today's. */
export function readCompatibility({ CompatibilityVersion: asked }: SolveRequest): Compatibility {
  if (!asked || asked === 30) return 30;
  if (asked === 20) return 20;
  throw invalid(`unsupported compatibility-version ${asked} (supported: 20, 30)`);
}
