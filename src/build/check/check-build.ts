import type { Image, Images } from '../../image/types.ts';
import type { Digest } from '../../oci/digest.ts';
import { hostPlatform, type Platform } from '../../oci/platform.ts';
import { DockerfileError } from '../parse/dockerfile-error.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { PlanWarning } from '../plan/types.ts';
import { readContext } from '../request/read-context.ts';
import { findLocal } from '../request/resolve-image.ts';
import type { BuildRequest } from '../types.ts';
import type { CheckResult } from './types.ts';

/** Plans a build, of all stages where no target is given, and does nothing of it. Base images that are not here are taken for empty ones: nothing is pulled. */
export async function checkBuild(images: Images, request: BuildRequest): Promise<CheckResult> {
  let found: readonly PlanWarning[] = [];
  try {
    const { file, text, ignore } = readContext(request);
    const { warnings } = await makePlan(
      parseDockerfile(file, text),
      { ...request, ignore, allStages: true },
      {
        resolveImage: async ({ name, platform }) => findLocal(images, name, platform) ?? emptyImage(platform),
        onFailure: (warnings) => (found = warnings),
      },
    );
    return { warnings: warnings.filter(({ rule }) => rule !== undefined) };
  } catch (error) {
    if (error instanceof DockerfileError || found.length > 0)
      return { warnings: found, error: error as Error };
    throw error;
  }
}

function emptyImage(platform: Platform = hostPlatform()): Image {
  const { os, architecture, variant } = platform;
  return {
    id: `sha256:${'0'.repeat(64)}` as Digest,
    config: {
      os,
      architecture,
      ...(variant !== undefined && { variant }),
      config: {},
      rootfs: { type: 'layers', diff_ids: [] },
    },
    size: 0,
    createdAt: new Date(0),
    tags: [],
    digests: [],
  };
}
