import { posix } from 'node:path';
import { toInstructions } from '../instructions/to-instruction.ts';
import type { Instruction, MountType } from '../instructions/types.ts';
import { inFile } from '../parse/dockerfile-error.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { BuildArgs } from '../plan/build-args.ts';
import { neededStages } from '../plan/dependencies.ts';
import { epochSource } from '../plan/epoch-source.ts';
import { makeOutline, type Outline } from '../plan/outline.ts';
import { readContext } from '../request/read-context.ts';
import { epochOf } from '../result/source-date-epoch.ts';
import type { BuildRequest } from '../types.ts';
import type { DescribedArg, DescribedBuild, DescribedMount, DescribedTarget } from './types.ts';

/** What a Dockerfile offers and asks for, without building anything of it. */
export function describeBuild(request: BuildRequest): DescribedBuild {
  const { file, text, named } = readContext(request);
  const dockerfile = parseDockerfile(file, text);
  const args = new BuildArgs(request);
  return inFile(file, () => {
    const { escape } = dockerfile.directives;
    const outline = makeOutline(toInstructions(dockerfile), escape, args, request.target, named);
    const needed = neededStages(outline.stages, [outline.target], named);
    const instructions = outline.stages
      .filter(({ index }) => needed.includes(index))
      .flatMap((stage) => stage.instructions);
    const epoch = epochOf(outline, request);
    return {
      targets: targetsOf(outline),
      args: argsOf([...outline.globals, ...instructions], outline, args),
      mounts: instructions.flatMap(mountsOf),
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

function argsOf(
  instructions: readonly Instruction[],
  { globalArgs }: Outline,
  given: BuildArgs,
): DescribedArg[] {
  const found = new Map<string, DescribedArg>();
  for (const instruction of instructions)
    if (instruction.kind === 'ARG')
      for (const { key, value } of instruction.args)
        if (!found.has(key.text) && !given.platform.has(key.text))
          found.set(key.text, {
            name: key.text,
            value: given.take(key.text) ?? globalArgs.get(key.text) ?? value?.text ?? '',
            description: descriptionOf(instruction, key.text),
            line: instruction.position.line,
            endLine: instruction.endLine,
          });
  return [...found.values()];
}

const described = ['secret', 'ssh', 'cache'] as const satisfies readonly MountType[];

function mountsOf(instruction: Instruction): DescribedMount[] {
  if (instruction.kind !== 'RUN') return [];
  const { position, endLine } = instruction;
  return instruction.mounts.flatMap(({ type, options }) => {
    const kind = described.find((name) => name === type.toLowerCase());
    if (!kind) return [];
    const named = (kind === 'secret' && options.get('source')) || options.get('id');
    const target = options.get('target') ?? '';
    const name = named || { secret: posix.basename(target), ssh: 'default', cache: target }[kind];
    const required = ['true', '1', ''].includes(options.get('required') ?? 'false');
    return [{ type: kind, name, required, line: position.line, endLine }];
  });
}

/** The first comment that begins with the name of what follows describes it. */
function descriptionOf({ comments }: Pick<Instruction, 'comments'>, name: string | undefined): string {
  const comment = name === undefined ? undefined : comments.find((text) => text.startsWith(`${name} `));
  return comment === undefined || name === undefined ? '' : comment.slice(name.length + 1);
}
