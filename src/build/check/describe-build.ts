import { toInstructions } from '../instructions/to-instruction.ts';
import { inFile } from '../parse/dockerfile-error.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { BuildArgs } from '../plan/build-args.ts';
import { neededStages } from '../plan/dependencies.ts';
import { epochSource } from '../plan/epoch-source.ts';
import { makeOutline, type Outline } from '../plan/outline.ts';
import { readContext } from '../request/read-context.ts';
import { epochOf } from '../result/source-date-epoch.ts';
import type { BuildRequest } from '../types.ts';
import { describeStages } from './describe-stages.ts';
import { descriptionOf } from './description.ts';
import type { DescribedBuild, DescribedTarget } from './types.ts';

/** What a Dockerfile offers and asks for, without building anything of it. */
export function describeBuild(request: BuildRequest): DescribedBuild {
  const { file, text, named } = readContext(request);
  const dockerfile = parseDockerfile(file, text);
  const args = new BuildArgs(request);
  return inFile(file, () => {
    const { escape } = dockerfile.directives;
    const outline = makeOutline(toInstructions(dockerfile), escape, args, request.target, named);
    const needed = neededStages(outline.stages, [outline.target], named);
    const epoch = epochOf(outline, request);
    return {
      targets: targetsOf(outline),
      parameters: () => inFile(file, () => describeStages(outline, needed, args, escape)),
      epoch,
      epochSource: () => inFile(file, () => epochSource(outline, epoch, escape, args)),
    };
  });
}

function targetsOf({ stages, target }: Outline): DescribedTarget[] {
  return stages.map(({ index, from, base }) => ({
    name: from.name ?? '',
    isDefault: index === stages.length - 1,
    isTarget: index === target,
    base:
      base.kind === 'scratch'
        ? 'scratch'
        : base.kind === 'stage'
          ? (stages[base.index]?.name ?? '')
          : base.name,
    platform: from.platform?.text ?? '',
    description: descriptionOf(from, from.name),
    line: from.position.line,
    endLine: from.endLine,
  }));
}
