import { EngineError } from '../../lib/errors.ts';
import { SourceError } from '../parse/dockerfile-error.ts';
import type { Dockerfile } from '../parse/parse-dockerfile.ts';

const builtIn = /^(?:(?:index\.)?docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@].*)?$/;

/** Whether a frontend (an image's name) is the one for Dockerfiles, which is built in: no version of it is ever pulled. */
export const isDockerfileFrontend = (name: string): boolean => builtIn.test(name.trim().split(/\s/)[0] ?? '');

/** Refuses a Dockerfile that asks for another frontend than the built-in one (`# syntax=`, BUILDKIT_SYNTAX). */
export function checkSyntax(
  { directives: { syntax } }: Dockerfile,
  buildArgs: Readonly<Record<string, string | null>>,
): void {
  const asked = buildArgs['BUILDKIT_SYNTAX'];
  if (asked && !isDockerfileFrontend(asked)) throw unknownFrontend(asked);
  if (asked || syntax === undefined || isDockerfileFrontend(syntax)) return;
  throw new SourceError({ line: 1, column: 1 }, unknownFrontend(syntax).message);
}

export const unknownFrontend = (name: string): EngineError =>
  new EngineError(
    'not-implemented',
    `frontend ${name} is not supported by this engine: docker/dockerfile is built in, others are not run`,
  );
