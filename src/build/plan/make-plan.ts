import type { Image } from '../../image/types.ts';
import { invalid } from '../../lib/errors.ts';
import { nearest } from '../../lib/suggest.ts';
import { formatPlatform, parsePlatform, type Platform } from '../../oci/platform.ts';
import { checkStages } from '../check/check-stages.ts';
import { checkStatements } from '../check/check-statements.ts';
import { parseCheckOptions, selectFindings } from '../check/options.ts';
import type { Finding, Report } from '../check/types.ts';
import { toInstructions } from '../instructions/to-instruction.ts';
import type { Instruction, Word } from '../instructions/types.ts';
import { DockerfileError, inFile, type Position, SourceError } from '../parse/dockerfile-error.ts';
import { type Dockerfile, parseDockerfile } from '../parse/parse-dockerfile.ts';
import { apply } from './apply/apply.ts';
import { BuildArgs } from './build-args.ts';
import { neededImages, neededStages, resolveSource } from './dependencies.ts';
import { makeOutline, type Outline, type StageOutline } from './outline.ts';
import { StageState } from './stage-state.ts';
import type { BuildPlan, PlanRequest, PlanWarning, ResolveImage, StagePlan, Step, Vertex } from './types.ts';

export interface PlanHooks {
  readonly resolveImage: ResolveImage;
  /** Called with the steps as soon as they are known, before images are looked for; again when triggers add steps. */
  readonly onSteps?: (steps: readonly Step[]) => void;
}

/** Turns a Dockerfile into the graph of what is to be done for its target. All its errors are found here. */
export async function makePlan(
  dockerfile: Dockerfile,
  request: PlanRequest,
  hooks: PlanHooks,
): Promise<BuildPlan> {
  const { file, directives } = dockerfile;
  const { contexts = {} } = request;
  const args = new BuildArgs(request);
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

class Planner {
  private readonly dockerfile: Dockerfile;
  private readonly request: PlanRequest;
  private readonly args: BuildArgs;
  private readonly outline: Outline;
  private readonly needed: readonly number[];
  private readonly hooks: PlanHooks;
  private readonly steps: Step[] = [];
  private readonly instructionSteps = new Map<Instruction, Step>();
  private readonly images = new Map<string, Promise<Image>>();
  private readonly states = new Map<number, StageState>();
  private readonly plans = new Map<number, StagePlan>();
  private readonly open = new Set<number>();
  private readonly warnings: PlanWarning[] = [];
  private readonly findings: Finding[] = [];

  constructor(
    dockerfile: Dockerfile,
    request: PlanRequest,
    args: BuildArgs,
    outline: Outline,
    needed: readonly number[],
    hooks: PlanHooks,
  ) {
    this.dockerfile = dockerfile;
    this.request = request;
    this.args = args;
    this.outline = outline;
    this.needed = needed;
    this.hooks = hooks;
  }

  async plan(): Promise<BuildPlan> {
    checkStatements(this.dockerfile, this.report);
    checkStages(this.outline, this.args, this.dockerfile.directives.escape, this.report);
    this.numberSteps();
    await this.loadImages();
    for (const index of this.needed) await this.stage(index, undefined);
    const target = this.plans.get(this.outline.target);
    if (!target) throw new Error('the target stage was not planned');
    const labels = { ...target.config.Labels, ...this.request.labels };
    const config = Object.keys(labels).length > 0 ? { ...target.config, Labels: labels } : target.config;
    const unused = this.args.unused();
    if (unused.length > 0) this.warn(`One or more build-args [${unused.join(' ')}] were not consumed`, 1);
    return {
      steps: this.steps,
      stages: [...this.plans.values()],
      target: { ...target, config },
      warnings: [...this.selectFindings(), ...this.warnings],
    };
  }

  /** The findings that count; throws when the Dockerfile wants none. */
  private selectFindings(): PlanWarning[] {
    const { file, directives } = this.dockerfile;
    const options = parseCheckOptions(this.args.take('BUILDKIT_DOCKERFILE_CHECK') ?? directives.check);
    const findings = selectFindings(this.findings, options);
    if (options.error && findings.length > 0)
      throw invalid(
        `lint violation found for rules: ${[...new Set(findings.map(({ rule }) => rule))].join(', ')}`,
      );
    return findings.map((finding) => ({ ...finding, file }));
  }

  private readonly report: Report = (rule, message, { line, endLine = line }) => {
    this.findings.push({ rule, message, line, endLine });
  };

  /** Numbers what is known in the order of the file, triggers of base images come later. */
  private numberSteps(): void {
    for (const instruction of this.outline.globals) this.addStep(instruction, '');
    for (const index of this.needed.toSorted((left, right) => left - right)) {
      const stage = this.outline.stages[index];
      for (const instruction of stage ? [stage.from, ...stage.instructions] : [])
        this.addStep(instruction, stage?.name ?? '');
    }
    this.hooks.onSteps?.(this.steps);
  }

  private addStep(instruction: Instruction, stage: string): Step {
    const { original: name, position } = instruction;
    const step = { index: this.steps.length + 1, name, stage, file: this.dockerfile.file, position };
    this.steps.push(step);
    this.instructionSteps.set(instruction, step);
    return step;
  }

  private stepOf(instruction: Instruction): Step {
    const step = this.instructionSteps.get(instruction);
    if (!step) throw new Error(`${instruction.kind} has no step`);
    return step;
  }

  /** All images that are known to be needed, at the same time. */
  private async loadImages(): Promise<void> {
    const wanted = neededImages(this.outline.stages, this.needed, this.request.contexts ?? {});
    const loads = wanted.map(({ name, stage }) => this.image(name, stage));
    await Promise.allSettled(loads);
    await Promise.all(loads);
  }

  private image(name: string, stage: StageOutline): Promise<Image> {
    const platform = this.platformOf(stage);
    const key = JSON.stringify([name, platform]);
    const known = this.images.get(key);
    if (known) return known;
    const load = this.hooks.resolveImage({ name, platform, step: this.stepOf(stage.from) });
    this.images.set(key, load);
    return load;
  }

  private platformOf({ platform }: StageOutline): Platform | undefined {
    const text = platform?.text ?? this.request.platform;
    if (!text) return undefined;
    try {
      return parsePlatform(text);
    } catch (error) {
      if (!platform) throw error;
      throw new SourceError(platform.position, `failed to parse platform ${text}`);
    }
  }

  private async stage(index: number, word: Word | undefined): Promise<StageState> {
    const outline = this.outline.stages[index];
    const done = this.states.get(index);
    if (done) return done;
    if (!outline || this.open.has(index))
      throw new SourceError(
        word?.position ?? { line: 1, column: 1 },
        `circular dependency detected on stage: ${outline?.name ?? index}`,
      );
    this.open.add(index);
    if (!this.needed.includes(index)) this.addLateStage(outline);
    const state = await this.evaluate(outline);
    this.open.delete(index);
    this.states.set(index, state);
    this.plans.set(index, state.toPlan(outline.name));
    return state;
  }

  /** A stage that only a trigger of a base image asks for. */
  private addLateStage(outline: StageOutline): void {
    for (const instruction of [outline.from, ...outline.instructions])
      this.addStep(instruction, outline.name);
    this.hooks.onSteps?.(this.steps);
  }

  private async evaluate(outline: StageOutline): Promise<StageState> {
    const state = await this.begin(outline);
    state.onUnset = (name, { position }) => this.reportUnset(name, position.line, state);
    const fromStep = this.stepOf(outline.from);
    state.sequence.push({
      step: fromStep,
      summary: fromStep.name,
      ...(outline.base.kind === 'image' && state.vertex && { vertex: state.vertex }),
    });
    for (const trigger of this.takeTriggers(state, outline)) await this.apply(trigger, state, outline);
    for (const instruction of outline.instructions) await this.apply(instruction, state, outline);
    return state;
  }

  private reportUnset(name: string, line: number, state: StageState): void {
    const known = nearest(name, state.variableNames());
    const hint = known === undefined ? '' : ` (did you mean $${known}?)`;
    this.report('UndefinedVar', `Usage of undefined variable '$${name}'${hint}`, { line });
  }

  private async begin(outline: StageOutline): Promise<StageState> {
    const { escape } = this.dockerfile.directives;
    switch (outline.base.kind) {
      case 'scratch':
        return StageState.onScratch(this.platformOf(outline) ?? this.args.targetPlatform, escape);
      case 'stage':
        return StageState.onStage(await this.stage(outline.base.index, outline.from.base));
      case 'image': {
        const image = await this.image(outline.base.name, outline);
        this.checkPlatform(image, outline);
        return StageState.onImage(image, this.imageVertex(image, outline.base.name, outline), escape);
      }
      case 'directory': {
        const platform = this.platformOf(outline) ?? this.args.targetPlatform;
        return StageState.onFiles(this.directoryVertex(outline.base.name, outline), platform, escape);
      }
    }
  }

  private checkPlatform({ config }: Image, outline: StageOutline): void {
    const wanted = this.platformOf(outline) ?? this.args.targetPlatform;
    if (config.os === wanted.os && config.architecture === wanted.architecture) return;
    const { os, architecture, variant } = config;
    const actual = formatPlatform({ os, architecture, ...(variant !== undefined && { variant }) });
    this.report(
      'InvalidBaseImagePlatform',
      `Base image ${outline.from.base.text} was pulled with platform ${JSON.stringify(actual)}, expected ${JSON.stringify(formatPlatform(wanted))} for current build`,
      outline.from.position,
    );
  }

  private imageVertex(image: Image, name: string, outline: StageOutline): Vertex {
    const layers = image.config.rootfs.diff_ids;
    return {
      op: { kind: 'image', name, layers },
      base: undefined,
      inputs: [],
      step: this.stepOf(outline.from),
    };
  }

  /** The files of a named context as a file system of its own, so that all that reads one can read them. */
  private directoryVertex(context: string, outline: StageOutline): Vertex {
    const source = { kind: 'context', context, path: '.', exclude: [], parents: false } as const;
    const copy = { kind: 'copy', instruction: 'COPY', source, destination: '/', unpack: false } as const;
    return {
      op: { kind: 'file', actions: [{ ...copy, severalSources: false }] },
      base: undefined,
      inputs: [],
      step: this.stepOf(outline.from),
    };
  }

  /** The triggers that the base was built with; they run once, right after FROM. */
  private takeTriggers(state: StageState, outline: StageOutline): Instruction[] {
    const texts = state.config.OnBuild ?? [];
    if (texts.length === 0) return [];
    delete state.config.OnBuild;
    const triggers = texts.map((text) => this.parseTrigger(text, outline));
    for (const trigger of triggers) this.addStep(trigger, outline.name);
    this.hooks.onSteps?.(this.steps);
    return triggers;
  }

  private parseTrigger(text: string, { from }: StageOutline): Instruction {
    const place: Position = from.position;
    const [trigger, ...more] = toInstructions(parseDockerfile(`ONBUILD of ${from.base.text}`, text));
    if (!trigger || more.length > 0 || trigger.kind === 'FROM' || trigger.kind === 'ONBUILD')
      throw new SourceError(
        place,
        `${from.base.text} has a trigger that is no instruction: ${text.slice(0, 100)}`,
      );
    return { ...trigger, position: place, original: `ONBUILD ${trigger.original}` };
  }

  private async apply(instruction: Instruction, state: StageState, outline: StageOutline): Promise<void> {
    await apply(instruction, {
      state,
      step: this.stepOf(instruction),
      args: this.args,
      globalArgs: this.outline.globalArgs,
      request: this.request,
      input: (word) => this.input(word, outline),
      report: (rule, message) =>
        this.report(rule, message, { line: instruction.position.line, endLine: instruction.endLine }),
    });
  }

  private async input(word: Word, outline: StageOutline): Promise<Vertex | undefined> {
    const source = resolveSource(word, this.outline.stages, outline.index, this.request.contexts ?? {});
    if (source.kind === 'stage') return (await this.stage(source.index, word)).vertex;
    if (source.kind === 'directory') return this.directoryVertex(source.name, outline);
    const image = await this.image(source.name, outline);
    return this.imageVertex(image, source.name, outline);
  }

  private warn(message: string, line: number): void {
    this.warnings.push({ message, file: this.dockerfile.file, line });
  }
}
