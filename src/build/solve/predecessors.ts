import type { BuildPlan, StagePlan, Vertex } from '../plan/types.ts';

/** Where each vertex stands: in which stage, and after which other one. */
export class Predecessors {
  private readonly known = new Map<
    Vertex,
    { readonly before: Vertex | undefined; readonly stage: StagePlan }
  >();

  constructor(plan: BuildPlan) {
    for (const stage of plan.stages) {
      let last: Vertex | undefined;
      for (const { vertex } of stage.sequence) {
        if (!vertex) continue;
        this.known.set(vertex, { before: last ?? vertex.base, stage });
        last = vertex;
      }
    }
  }

  /** The step before in the same stage, or what the stage stands on. */
  before(vertex: Vertex): Vertex | undefined {
    return this.known.get(vertex)?.before;
  }

  /** The number of a vertex among the instructions of its stage. */
  position(vertex: Vertex): number | undefined {
    return this.known.get(vertex)?.stage.sequence.findIndex((item) => item.vertex === vertex);
  }

  /** The base image of the stage, for people. */
  imageOf(vertex: Vertex): string {
    const image = this.known.get(vertex)?.stage.baseImage;
    return image ? `${image.tags[0] ?? ''}@${image.id.slice(7, 19)}` : 'scratch';
  }
}
