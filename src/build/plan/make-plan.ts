import { toInstructions } from '../instructions/to-instruction.ts';
import { DockerfileError, inFile, SourceError } from '../parse/dockerfile-error.ts';
import type { Dockerfile } from '../parse/parse-dockerfile.ts';
import { BuildArgs } from './build-args.ts';
import { checkSyntax } from './check-syntax.ts';
import { neededStages } from './dependencies.ts';
import { makeOutline } from './outline.ts';
import { type PlanHooks, Planner } from './planner.ts';
import type { BuildPlan, PlanRequest } from './types.ts';

/** Turns a Dockerfile into the graph of what is to be done for its target. All its errors are found here. */
export async function makePlan(
  dockerfile: Dockerfile,
  request: PlanRequest,
  hooks: PlanHooks,
): Promise<BuildPlan> {
  const { file, directives } = dockerfile;
  const { contexts = {} } = request;
  const args = new BuildArgs(request);
  inFile(file, () => checkSyntax(dockerfile, request.buildArgs));
  const outline = inFile(file, () =>
    makeOutline(toInstructions(dockerfile), directives.escape, args, request.target, contexts),
  );
  const needed = inFile(file, () => neededStages(outline.stages, outline.target, contexts));
  const planner = new Planner(dockerfile, request, args, outline, needed, hooks);
  try {
    return await planner.plan();
  } catch (error) {
    if (error instanceof SourceError) throw new DockerfileError(file, error.position, error.message);
    throw error;
  }
}
