import type { BuildParts } from '../build-parts.ts';
import type { BuildRecord } from '../history/types.ts';
import type { CommandError } from '../ops/exec/command-error.ts';
import type { BuildRequest } from '../types.ts';

type Parts = Pick<BuildParts, 'failures' | 'images' | 'services' | 'solver'>;

/** What an earlier build of the same left is of no use after this one. */
export async function forgetFailure(parts: Parts, lineage: string): Promise<void> {
  if (parts.failures.drop(lineage)) await collectLayers(parts);
}

const collectLayers = ({ images, solver }: Parts): Promise<number> =>
  images.collect((layer) => solver.records.holdsLayer(layer));

/** Keeps what a command that failed left, in the place of what an earlier build of the same left. */
export async function keepFailure(
  parts: Parts,
  { contextDir, keepFailed = true }: BuildRequest,
  { id: buildId, lineage }: BuildRecord,
  { left, exitCode }: CommandError,
): Promise<void> {
  if (!left || !keepFailed) return forgetFailure(parts, lineage);
  const { failures, services } = parts;
  const { layers, size, op, step } = left;
  const isOwn = contextDir === '' || contextDir.startsWith(`${services.paths.build}/`);
  const replaces = failures.put({
    buildId,
    lineage,
    layers,
    op,
    ...(!isOwn && { contextDir }),
    step: step.name,
    stage: step.stage,
    line: step.position.line,
    exitCode,
    size,
    createdAt: new Date(),
  });
  if (replaces) await collectLayers(parts);
}
