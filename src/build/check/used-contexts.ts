import type { Images } from '../../image/types.ts';
import { EngineError } from '../../lib/errors.ts';
import { toInstructions } from '../instructions/to-instruction.ts';
import { inFile } from '../parse/dockerfile-error.ts';
import { parseDockerfile } from '../parse/parse-dockerfile.ts';
import { BuildArgs } from '../plan/build-args.ts';
import { neededImages, neededStages } from '../plan/dependencies.ts';
import type { NamedContexts } from '../plan/named-contexts.ts';
import { makeOutline } from '../plan/outline.ts';
import { readContext } from '../request/read-context.ts';
import type { BuildRequest } from '../types.ts';

/** In no name of an image. */
const MARK = '\0';

/**
 * Which of these named contexts a build reads: others need not be brought. Undefined where that is not known beforehand: of a Dockerfile that
 * is wrong, and where a base may have triggers that name any of them.
 */
export function usedContexts(
  images: Pick<Images, 'find'>,
  request: BuildRequest,
  names: readonly string[],
): ReadonlySet<string> | undefined {
  if (request.policy) return undefined; // other images may stand in the places of these
  const contexts: NamedContexts = Object.fromEntries(
    names.map((name) => [name, { kind: 'image', name: MARK + name }]),
  );
  try {
    const found = neededBy(request, contexts);
    const mayTrigger = found.some(
      ({ name, instruction }) => instruction.kind === 'FROM' && hasTriggers(images, name),
    );
    if (mayTrigger) return undefined;
    return new Set(found.flatMap(({ name }) => (name.startsWith(MARK) ? [name.slice(MARK.length)] : [])));
  } catch (error) {
    if (error instanceof EngineError) return undefined; // the build tells it
    throw error;
  }
}

function neededBy(request: BuildRequest, contexts: NamedContexts): ReturnType<typeof neededImages> {
  const { file, text } = readContext(request);
  const dockerfile = parseDockerfile(file, text);
  return inFile(file, () => {
    const { escape } = dockerfile.directives;
    const args = new BuildArgs(request);
    const outline = makeOutline(toInstructions(dockerfile), escape, args, request.target, contexts);
    return neededImages(outline.stages, neededStages(outline.stages, [outline.target], contexts), contexts);
  });
}

/** Of what is not here, or comes from a context, nobody knows. */
function hasTriggers(images: Pick<Images, 'find'>, name: string): boolean {
  const image = name.startsWith(MARK) ? undefined : images.find(name);
  return !image || (image.config.config?.OnBuild?.length ?? 0) > 0;
}
