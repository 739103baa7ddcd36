import { nearest } from '../../lib/suggest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { checkStages } from '../check/check-stages.ts';
import { checkCasing } from '../check/check-statements.ts';
import type { Instruction, Word } from '../instructions/types.ts';
import { SourceError } from '../parse/dockerfile-error.ts';
import type { Dockerfile } from '../parse/parse-dockerfile.ts';
import { epochOf } from '../result/source-date-epoch.ts';
import { apply } from './apply/apply.ts';
import { BaseImages } from './base-images.ts';
import type { BuildArgs } from './build-args.ts';
import { checkBases } from './check-bases.ts';
import { circularOn, neededImages, resolveSource, type Source, titleOf } from './dependencies.ts';
import type { Findings } from './findings.ts';
import type { Outline, StageOutline } from './outline.ts';
import { parseTrigger } from './parse-trigger.ts';
import { directoryVertex, imageVertex } from './source-vertex.ts';
import { shownName } from './shown-name.ts';
import { StageState } from './stage-state.ts';
import { StepList } from './step-list.ts';
import type { BuildPlan, PlanRequest, PlanWarning, ResolveImage, StagePlan, Step, Vertex } from './types.ts';

export interface PlanHooks {
  readonly resolveImage: ResolveImage;
  /** Called with the steps as soon as they are known, before images are looked for; again when triggers add steps. */
  readonly onSteps?: (steps: readonly Step[]) => void;
  /** Called with what the checks found, where there is no plan to tell it. */
  readonly onFailure?: (warnings: readonly PlanWarning[]) => void;
}

/** One plan in the making. */
export class Planner {
  private readonly dockerfile: Dockerfile;
  private readonly request: PlanRequest;
  private readonly args: BuildArgs;
  private readonly outline: Outline;
  private readonly needed: readonly number[];
  private readonly list: StepList;
  private readonly findings: Findings;
  private readonly images: BaseImages;
  private readonly states = new Map<number, StageState>();
  private readonly plans = new Map<number, StagePlan>();
  private readonly open = new Set<number>();

  constructor(
    dockerfile: Dockerfile,
    request: PlanRequest,
    args: BuildArgs,
    outline: Outline,
    needed: readonly number[],
    findings: Findings,
    hooks: PlanHooks,
  ) {
    this.dockerfile = dockerfile;
    this.request = request;
    this.args = args;
    this.outline = outline;
    this.needed = needed;
    this.findings = findings;
    this.list = new StepList(dockerfile.file, hooks.onSteps);
    this.images = new BaseImages(request.platform, args.targetPlatform, (name, platform, instruction) =>
      hooks.resolveImage({
        name,
        platform,
        step: this.list.of(instruction),
        isBase: instruction.kind === 'FROM',
      }),
    );
  }

  async plan(): Promise<BuildPlan> {
    const { directives } = this.dockerfile;
    checkCasing(this.dockerfile, this.findings.report);
    checkStages(this.outline, this.args, directives.escape, this.findings.report);
    checkBases(this.outline, directives.escape);
    this.numberSteps();
    await this.images.load(neededImages(this.outline.stages, this.needed, this.request.contexts ?? {}));
    for (const index of this.needed) await this.stage(index, undefined);
    this.list.tell();
    this.findings.refuse();
    const target = this.plans.get(this.outline.target);
    if (!target) throw new Error('the target stage was not planned');
    const labels = { ...target.config.Labels, ...this.request.labels };
    const config = Object.keys(labels).length > 0 ? { ...target.config, Labels: labels } : target.config;
    return {
      steps: this.list.steps,
      stages: [...this.plans.values()],
      target: { ...target, config },
      epoch: epochOf(this.outline, this.request),
      warnings: [...this.findings.select(), ...this.unusedArgs()],
    };
  }

  private unusedArgs(): PlanWarning[] {
    const unused = this.args.unused();
    const message = `One or more build-args [${unused.join(' ')}] were not consumed`;
    return unused.length > 0 ? [{ message, file: this.dockerfile.file, line: 1 }] : [];
  }

  /** Numbers what is known in the order of the file, triggers of base images come later. */
  private numberSteps(): void {
    this.list.add(this.outline.globals, '');
    for (const index of this.needed.toSorted((left, right) => left - right)) {
      const stage = this.outline.stages[index];
      if (!stage) continue;
      this.list.add([stage.from, ...stage.instructions], stage.name ?? '', this.platformOf(stage));
      if (stage.base.kind === 'image') this.list.describe(stage.from, { image: stage.base.name });
    }
    this.list.tell();
  }

  private async stage(index: number, word: Word | undefined): Promise<StageState> {
    const outline = this.outline.stages[index];
    const done = this.states.get(index);
    if (done) return done;
    if (!outline || this.open.has(index))
      throw new SourceError(word?.position ?? { line: 1, column: 1 }, circularOn(outline, index));
    this.open.add(index);
    if (!this.needed.includes(index)) {
      // only a trigger of a base image asks for this stage
      this.list.add([outline.from, ...outline.instructions], outline.name, this.platformOf(outline));
      this.list.tell();
    }
    const state = await this.evaluate(outline);
    this.open.delete(index);
    this.states.set(index, state);
    this.plans.set(index, state.toPlan(outline.name));
    return state;
  }

  private async evaluate(outline: StageOutline): Promise<StageState> {
    const state = await this.begin(outline);
    state.onUnset = (name, { position }) => this.reportUnset(name, position.line, state);
    const fromStep = this.list.of(outline.from);
    state.sequence.push({
      step: fromStep,
      summary: fromStep.name,
      ...(outline.base.kind === 'image' && state.vertex && { vertex: state.vertex }),
    });
    for (const trigger of this.takeTriggers(state, outline)) await this.apply(trigger, state, outline);
    for (const instruction of outline.instructions) await this.apply(instruction, state, outline);
    return state;
  }

  /** An argument that is declared may have no value. */
  private reportUnset(name: string, line: number, state: StageState): void {
    if (state.args.has(name)) return;
    const known = nearest(name, state.variableNames());
    const hint = known === undefined ? '' : ` (did you mean $${known}?)`;
    this.findings.report('UndefinedVar', `Usage of undefined variable '$${name}'${hint}`, { line });
  }

  private async begin(outline: StageOutline): Promise<StageState> {
    const { escape } = this.dockerfile.directives;
    switch (outline.base.kind) {
      case 'scratch':
        return StageState.onScratch(this.images.platformOf(outline), escape);
      case 'stage':
        return StageState.onStage(await this.stage(outline.base.index, outline.from.base));
      case 'image': {
        const { from } = outline;
        const image = await this.images.get({ name: outline.base.name, stage: outline, instruction: from });
        this.images.check(image, outline, this.findings.report);
        return StageState.onImage(
          image,
          imageVertex(image, outline.base.name, this.list.of(outline.from)),
          escape,
        );
      }
      case 'directory': {
        const platform = this.images.platformOf(outline);
        return StageState.onFiles(
          directoryVertex(outline.base.name, this.list.of(outline.from)),
          platform,
          escape,
        );
      }
    }
  }

  /** The triggers that the base was built with; they run once, right after FROM. */
  private takeTriggers(state: StageState, outline: StageOutline): Instruction[] {
    const texts = state.config.OnBuild ?? [];
    if (texts.length === 0) return [];
    delete state.config.OnBuild;
    const triggers = texts.map((text) => parseTrigger(text, outline.from));
    this.list.add(triggers, outline.name, this.platformOf(outline));
    this.list.tell();
    return triggers;
  }

  private platformOf(outline: StageOutline): string {
    return formatPlatform(this.images.platformOf(outline));
  }

  private async apply(instruction: Instruction, state: StageState, outline: StageOutline): Promise<void> {
    const { escape } = this.dockerfile.directives;
    this.list.describe(instruction, {
      shown: shownName(instruction, escape, (name) => state.valueOf(name)),
    });
    await apply(instruction, {
      state,
      step: this.list.of(instruction),
      args: this.args,
      globalArgs: this.outline.globalArgs,
      request: this.request,
      input: (word, mountedAt) => this.input(word, outline, instruction, mountedAt),
      directory: (word) => {
        const source = this.sourceOf(word, outline);
        return source.kind === 'directory' ? source.name : undefined;
      },
      report: (rule, message) =>
        this.findings.report(rule, message, {
          line: instruction.position.line,
          endLine: instruction.endLine,
        }),
    });
  }

  private sourceOf(word: Word, outline: StageOutline): Source {
    return resolveSource(word, this.outline.stages, outline.index, this.request.contexts ?? {});
  }

  private async input(
    word: Word,
    outline: StageOutline,
    instruction: Instruction,
    mountedAt: string | undefined,
  ): Promise<Vertex | undefined> {
    const source = this.sourceOf(word, outline);
    if (source.kind === 'stage' && source.index > outline.index)
      throw new SourceError(
        word.position,
        mountedAt === undefined
          ? `cannot copy from stage ${JSON.stringify(word.text)}, it needs to be defined before current stage ${JSON.stringify(titleOf(outline, outline.index))}`
          : `cannot mount from stage ${JSON.stringify(word.text)} to ${JSON.stringify(mountedAt)}, stage needs to be defined before current command`,
      );
    if (source.kind === 'stage') return (await this.stage(source.index, word)).vertex;
    if (source.kind === 'directory') return directoryVertex(source.name, this.list.of(outline.from));
    const image = await this.images.get({ name: source.name, stage: outline, instruction });
    return imageVertex(image, source.name, this.list.of(outline.from));
  }
}
