import { checkStatements } from '../check/check-statements.ts';
import { toInstructions } from '../instructions/to-instruction.ts';
import type { Instruction } from '../instructions/types.ts';
import { DockerfileError, SourceError } from '../parse/dockerfile-error.ts';
import type { Dockerfile } from '../parse/parse-dockerfile.ts';
import { BuildArgs } from './build-args.ts';
import { checkSyntax } from './check-syntax.ts';
import { neededStages } from './dependencies.ts';
import { Findings } from './findings.ts';
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
  const { contexts = {}, target } = request;
  const args = new BuildArgs(request);
  const findings = new Findings(dockerfile, args.take('BUILDKIT_DOCKERFILE_CHECK') ?? directives.check);
  try {
    checkSyntax(dockerfile, request.buildArgs);
    const instructions = readInstructions(dockerfile, findings);
    const outline = makeOutline(instructions, directives.escape, args, target, contexts);
    const wanted = request.allStages && !target ? [...outline.stages.keys()] : [outline.target];
    const needed = neededStages(outline.stages, wanted, contexts);
    return await new Planner(dockerfile, request, args, outline, needed, findings, hooks).plan();
  } catch (error) {
    hooks.onFailure?.(findings.select());
    if (error instanceof SourceError) throw new DockerfileError(file, error.position, error.message);
    throw error;
  }
}

/** All instructions; what is found in those before a wrong one is known, too. */
function readInstructions(dockerfile: Dockerfile, { report }: Findings): Instruction[] {
  try {
    const instructions = toInstructions(dockerfile);
    checkStatements(dockerfile, report);
    return instructions;
  } catch (error) {
    const line = error instanceof DockerfileError ? error.position.line : 0;
    const statements = dockerfile.statements.filter(({ endLine }) => endLine < line);
    checkStatements({ ...dockerfile, statements }, report);
    throw error;
  }
}
