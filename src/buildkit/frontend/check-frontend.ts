import { isDockerfileFrontend, unknownFrontend } from '../../build/plan/check-syntax.ts';
import type { FrontendAttributes } from './attributes.ts';

/** Refuses what is not the Dockerfile frontend, by its own name or as an image of it. */
export function checkFrontend(frontend: string, attributes: FrontendAttributes): void {
  if (frontend === 'dockerfile.v0') return;
  const source = attributes['source'] ?? '';
  if (frontend === 'gateway.v0' && isDockerfileFrontend(source)) return;
  throw unknownFrontend(frontend === 'gateway.v0' && source !== '' ? source : frontend);
}
