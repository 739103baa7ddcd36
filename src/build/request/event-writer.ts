import type { TransferProgress } from '../../image/types.ts';
import { isAbort, messageOf } from '../../lib/errors.ts';
import type { Digest } from '../../oci/digest.ts';
import type { PlanWarning, Step } from '../plan/types.ts';
import type { OperationEvent } from '../solve/types.ts';
import type { SolveEvent } from '../solve/solver.ts';
import type { BuildEvent, CacheDecision } from '../types.ts';

/** Puts what happens in a build into its stream of events: each step starts once and ends once. */
export class EventWriter {
  private readonly write: (event: BuildEvent) => void;
  private readonly steps = new Map<number, Step>();
  private readonly started = new Map<number, number>();
  private readonly ended = new Set<number>();

  constructor(write: ((event: BuildEvent) => void) | undefined) {
    this.write = write ?? (() => {});
  }

  plan(steps: readonly Step[]): void {
    for (const step of steps) this.steps.set(step.index, step);
    this.write({
      type: 'plan',
      steps: steps.map(({ index, name, shown, image, stage, platform, file, position }) => ({
        index,
        name,
        shown,
        ...(image !== undefined && { image }),
        stage,
        platform,
        file,
        line: position.line,
      })),
    });
  }

  /** Arguments before the first FROM are no part of a stage: nothing is to be done for them. */
  globals(steps: readonly Step[]): void {
    for (const { index, stage } of steps) if (stage === '') this.known(index);
  }

  start(index: number, cache: CacheDecision, key?: string): void {
    if (this.started.has(index)) return;
    this.started.set(index, performance.now());
    const name = this.steps.get(index)?.name ?? '';
    this.write({ type: 'step-started', index, name, cache, ...(key !== undefined && { key }) });
  }

  lookup(name: string, outcome: { readonly digest?: Digest; readonly error?: string } | undefined): void {
    this.write({ type: 'image-lookup', name, ended: outcome !== undefined, ...outcome });
  }

  progress(index: number, { id = '', status, current, total }: TransferProgress): void {
    this.write({
      type: 'step-progress',
      index,
      id,
      status,
      ...(current !== undefined && { current }),
      ...(total !== undefined && { total }),
    });
  }

  end(index: number, imageId?: Digest, error?: unknown): void {
    const begun = this.started.get(index);
    if (begun === undefined || this.ended.has(index)) return;
    this.ended.add(index);
    this.write({
      type: 'step-ended',
      index,
      milliseconds: performance.now() - begun,
      ...(imageId && { imageId }),
      ...(error !== undefined && { error: isAbort(error) ? 'canceled' : messageOf(error) }),
    });
  }

  solve(event: SolveEvent): void {
    if (event.type === 'started') this.start(event.step, event.cache, event.key);
    else if (event.type === 'ended') this.end(event.step, undefined, event.error);
    else this.tell(event.step, event.event);
  }

  warning(warning: PlanWarning): void {
    this.write({ type: 'warning', ...warning });
  }

  /** Steps that were under way when the build failed. */
  abandon(error: unknown): void {
    for (const index of this.started.keys()) this.end(index, undefined, error);
  }

  private known(index: number): void {
    this.start(index, { hit: true });
    this.end(index);
  }

  private tell(index: number, event: OperationEvent): void {
    if (event.type === 'output')
      this.write({ type: 'step-output', index, stream: event.stream, data: event.data });
    else if (event.type === 'progress') this.progress(index, event);
    else {
      const { file = '', position } = this.steps.get(index) ?? {};
      this.write({ type: 'warning', message: event.message, file, line: position?.line ?? 1, step: index });
    }
  }
}
