import type { Step, Vertex } from '../plan/types.ts';
import type { Predecessors } from './predecessors.ts';
import type { CacheRecords } from './records.ts';
import type { SolveOptions } from './solver.ts';
import type { Task } from './task.ts';
import { explainMiss, FIRST, followsText } from './why.ts';

/** Why the steps of one build run. */
export class Reasons {
  private readonly records: CacheRecords;
  private readonly predecessors: Predecessors;
  private readonly options: Pick<SolveOptions, 'noCache' | 'noCacheStages'>;
  /** Whether a step ran in this build. */
  private readonly ran: (vertex: Vertex) => boolean;

  constructor(
    records: CacheRecords,
    predecessors: Predecessors,
    options: Pick<SolveOptions, 'noCache' | 'noCacheStages'>,
    ran: (vertex: Vertex) => boolean,
  ) {
    this.records = records;
    this.predecessors = predecessors;
    this.options = options;
    this.ran = ran;
  }

  /** Why a step is not to be taken from the cache at all; undefined when it may be. */
  anew({ stage }: Step): string | undefined {
    const { noCache, noCacheStages = [] } = this.options;
    if (noCache) return '--no-cache';
    const isAsked = noCacheStages.some((name) => name.toLowerCase() === stage.toLowerCase());
    return isAsked ? `--no-cache-filter ${stage}` : undefined;
  }

  /** Of an instruction that only changes the config; `ran`: the last step before it that ran. */
  ofMetadata(step: Step, ran: Step | undefined): string {
    return this.anew(step) ?? (ran ? followsText(ran.name) : FIRST);
  }

  /** Of a step that makes a layer; `isRunning`: an equal one is at work. */
  of({ vertex, use, image, identity }: Task, isRunning: boolean): string {
    const anew = this.anew(vertex.step);
    if (anew !== undefined) return anew;
    if (isRunning) return 'joins an equal step that runs';
    const before = this.predecessors.before(vertex);
    return explainMiss(this.records, {
      ...use,
      identity,
      image,
      description: vertex.step.name,
      after: before && this.ran(before) ? before.step.name : undefined,
      above: before && before.op.kind !== 'image' ? before.step.name : undefined,
    });
  }
}
