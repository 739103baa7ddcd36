import { randomUUID } from 'node:crypto';
import type { BuildPlan, StagePlan, Step, Vertex } from '../plan/types.ts';
import type { Digest } from '../../oci/digest.ts';
import { hash, metadataKey, withLayer } from './key.ts';
import { Predecessors } from './predecessors.ts';
import { Reasons } from './reasons.ts';
import type { SlotUse } from './records.ts';
import type { ImportedRecord, Solved, SolveOptions, Solver } from './solver.ts';
import { StepEvents } from './step-events.ts';
import { emptyRootfs, type Identity, type OperationEvent, type Rootfs } from './types.ts';
import { describeTask, recordOf, type Task } from './task.ts';

/** The layer of a step, and whether it was there. */
interface Obtained {
  readonly layer: Digest;
  readonly createdAt: Date;
  readonly wasCached: boolean;
}

interface Taken {
  readonly task: Task;
  readonly imported: ImportedRecord;
}

const CHANGED =
  'files of the context changed while they were read: this step will run again in the next build\n';

/** One build on its way through the graph. */
export class Solution {
  private readonly solver: Solver;
  private readonly plan: BuildPlan;
  private readonly options: SolveOptions;
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private readonly solved = new Map<Vertex, Promise<Solved>>();
  private readonly results = new Map<Vertex, Solved>();
  private readonly predecessors: Predecessors;
  private readonly reasons: Reasons;
  private readonly events: StepEvents;
  private readonly usedKeys = new Set<string>();
  private readonly uses: SlotUse[] = [];
  private readonly metadataKeys = new Set<string>();
  /** Steps that this build began: what they use is its own, and others may wait for them when it is over for it. */
  private readonly begun: Promise<Digest>[] = [];
  /** Steps that another engine did. */
  private readonly taken: Taken[] = [];
  /** Without cache, equal steps of this build are still one; other builds' results are not used. */
  private readonly runPrefix: string;

  constructor(solver: Solver, plan: BuildPlan, options: SolveOptions) {
    this.solver = solver;
    this.plan = plan;
    this.options = options;
    this.signal = AbortSignal.any([options.signal, this.stop.signal]);
    this.runPrefix = `${options.group?.id ?? randomUUID()}:`;
    this.predecessors = new Predecessors(plan);
    const ran = (vertex: Vertex): boolean => this.results.get(vertex)?.wasCached === false;
    this.reasons = new Reasons(solver.records, this.predecessors, options, ran);
    this.events = new StepEvents(options.onEvent);
  }

  async run(): Promise<ReadonlyMap<Vertex, Solved>> {
    let failure: { error: unknown } | undefined;
    const guard = async (work: Promise<unknown> | undefined): Promise<void> => {
      try {
        await work;
      } catch (error) {
        failure ??= { error };
        this.stop.abort(error);
      }
    };
    const stages = this.plan.stages.map((stage) => guard(this.solveStage(stage)));
    await Promise.all([...stages, guard(this.options.early)]);
    await Promise.allSettled(this.solved.values());
    await Promise.allSettled(this.begun);
    if (!failure) await guard(this.fetchResult());
    this.solver.records.touch(this.usedKeys, this.uses);
    if (failure) throw failure.error;
    this.solver.records.putMetadata(this.metadataKeys);
    return this.results;
  }

  usesKey(key: string): boolean {
    return this.usedKeys.has(key);
  }

  /** The layers of the result are here when the build ends, and what was imported is on record as if it had been done here. */
  private async fetchResult(): Promise<void> {
    const { operations, imported } = this.options;
    const { result } = this.plan.target;
    if (!imported) return;
    await operations.fetchLayers((result && this.results.get(result)?.layers) ?? [], this.signal);
    for (const { task, imported: done } of this.taken)
      if (operations.hasLayer(done.layer))
        this.record(task, done.layer, { warnings: [], ...done, createdAt: new Date(done.createdAt) });
  }

  /** The steps of a stage in order; those without a vertex only carry on the key. */
  private async solveStage(stage: StagePlan): Promise<void> {
    let key = hash([stage.baseImage?.id ?? '', stage.platform]);
    const first = stage.sequence.find(({ vertex }) => vertex)?.vertex;
    if (!first && stage.result) key = (await this.vertex(stage.result)).key;
    let ran: Step | undefined;
    for (const [index, { step, vertex, summary }] of stage.sequence.entries()) {
      this.signal.throwIfAborted();
      if (vertex) {
        const solved = await this.vertex(vertex);
        if (vertex.op.kind !== 'image') key = hash([key, solved.key]);
        if (!solved.wasCached) ran = step;
      } else if (index === 0) this.events.known(step);
      else {
        key = metadataKey(key, summary);
        if (!this.metadata(step, key, ran)) ran = step;
      }
    }
  }

  /** An instruction that only changes the config; returns whether an earlier build had it here. */
  private metadata(step: Step, key: string, ran: Step | undefined): boolean {
    const { imported, onMetadata } = this.options;
    const isKnown =
      this.mayBeCached(step) && (this.solver.records.hasMetadata(key) || imported?.hasMetadata(key) === true);
    this.metadataKeys.add(key);
    onMetadata?.(key);
    if (isKnown) this.events.known(step);
    else {
      this.events.started(step, { hit: false, why: this.reasons.ofMetadata(step, ran) });
      this.events.ended(step, 0);
    }
    return isKnown;
  }

  private mayBeCached(step: Step): boolean {
    return this.reasons.anew(step) === undefined;
  }

  private vertex(vertex: Vertex): Promise<Solved> {
    const known = this.solved.get(vertex);
    if (known) return known;
    const result = this.solveVertex(vertex).then((solved) => {
      this.results.set(vertex, solved);
      return solved;
    });
    this.solved.set(vertex, result);
    result.catch(() => {}); // whoever needs it hears of it
    return result;
  }

  private async solveVertex(vertex: Vertex): Promise<Solved> {
    const { op, step } = vertex;
    if (op.kind === 'image') {
      const key = hash(op.layers);
      this.events.known(step, key);
      return { layers: op.layers, wasCached: true, key };
    }
    const [base, ...inputs] = await Promise.all([
      vertex.base ? this.vertex(vertex.base) : emptyRootfs,
      ...vertex.inputs.map((input) => this.vertex(input)),
    ]);
    const identity = await this.identify(vertex, base, inputs);
    const ground = { identity, below: base, inputs };
    const task = describeTask(vertex, ground, this.predecessors, this.options.lineage);
    const { layer, createdAt, wasCached } = await this.obtain(task);
    return { layers: withLayer(base, layer), createdAt, wasCached, key: task.key };
  }

  /** A step whose sources can't be had is told as one that began and failed. */
  private async identify(vertex: Vertex, base: Rootfs, inputs: readonly Rootfs[]): Promise<Identity> {
    try {
      return await this.options.operations.identify(vertex, base, inputs, this.signal);
    } catch (error) {
      this.events.started(vertex.step, { hit: false, why: 'its sources cannot be read' });
      this.events.ended(vertex.step, 0, error);
      throw error;
    }
  }

  private async obtain(task: Task): Promise<Obtained> {
    const obtained = await this.takeOrRun(task);
    this.uses.push(task.use);
    return obtained;
  }

  private async takeOrRun(task: Task): Promise<Obtained> {
    const { key, vertex } = task;
    const isUsable = this.mayBeCached(vertex.step) || this.options.group?.done.has(key);
    const record = isUsable ? this.solver.records.find(key) : undefined;
    if (record && this.options.operations.hasLayer(record.layer)) {
      this.options.hold(record.layer);
      this.usedKeys.add(key);
      this.events.known(vertex.step, key, record.warnings);
      return { layer: record.layer, createdAt: record.createdAt, wasCached: true };
    }
    const imported = isUsable ? this.options.imported?.find(key) : undefined;
    if (imported) {
      const { layer, createdAt, warnings } = imported;
      this.options.hold(layer);
      this.taken.push({ task, imported });
      this.events.known(vertex.step, key, warnings);
      return { layer, createdAt: new Date(createdAt), wasCached: true };
    }
    return this.runOrJoin(task);
  }

  /** Runs the step, or joins an equal one that runs. */
  private async runOrJoin(task: Task): Promise<Obtained> {
    const { step } = task.vertex;
    const { runs, records } = this.solver;
    const runKey = (this.mayBeCached(step) ? '' : this.runPrefix) + task.key;
    if (this.options.imported) await this.fetchInputs(task);
    const begun = performance.now();
    this.events.started(step, { hit: false, why: this.reasons.of(task, runs.isRunning(runKey)) }, task.key);
    try {
      const layer = await runs.join(
        runKey,
        (event) => this.options.onEvent({ type: 'told', step: step.index, event }),
        this.signal,
        (signal, tell) => this.begin(task, signal, tell),
      );
      this.options.hold(layer);
      this.options.group?.done.add(task.key);
      this.events.ended(step, performance.now() - begun);
      return { layer, createdAt: records.find(task.key)?.createdAt ?? new Date(), wasCached: false };
    } catch (error) {
      this.events.ended(step, performance.now() - begun, error);
      throw error;
    }
  }

  private fetchInputs({ base, inputs }: Task): Promise<void> {
    const layers = [base, ...inputs].flatMap((rootfs) => rootfs.layers);
    return this.options.operations.fetchLayers(layers, this.signal);
  }

  private begin(task: Task, signal: AbortSignal, tell: (event: OperationEvent) => void): Promise<Digest> {
    const run = this.perform(task, signal, tell);
    this.begun.push(run);
    return run;
  }

  private perform(task: Task, signal: AbortSignal, tell: (event: OperationEvent) => void): Promise<Digest> {
    const { vertex, below, inputs } = task;
    const { operations } = this.options;
    return this.solver.lanes.run(
      async () => {
        const begun = performance.now();
        const warnings: string[] = [];
        const note = (event: OperationEvent): void => {
          if (event.type === 'warning') warnings.push(event.message);
          tell(event);
        };
        const layer = await operations.perform(vertex, below, inputs, { signal, tell: note });
        this.options.hold(layer);
        const done = { createdAt: new Date(), milliseconds: performance.now() - begun, warnings };
        if ((await operations.isUnchanged?.(vertex, signal)) ?? true) this.record(task, layer, done);
        else tell({ type: 'output', stream: 'stderr', data: Buffer.from(CHANGED) });
        return layer;
      },
      { signal },
    );
  }

  private record(task: Task, layer: Digest, done: Omit<Parameters<typeof recordOf>[2], 'size'>): void {
    const size = this.options.operations.sizeOf(layer);
    this.solver.records.put(recordOf(task, layer, { size, ...done }));
  }
}
