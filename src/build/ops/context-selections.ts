import type { BuildPlan, Op, PathSelection, Step } from '../plan/types.ts';
import { canonical } from '../solve/key.ts';

/** Something that a step reads of a context; `context` undefined = the main one. */
export interface ContextSelection {
  readonly context: string | undefined;
  readonly selection: PathSelection;
  readonly step: Step;
}

/** Equal for equal selections. */
export const digestKey = (context: string | undefined, selection: PathSelection): string =>
  canonical([context ?? null, selection]);

/** What all COPY and ADD of a plan read of contexts. */
export function contextSelections(plan: BuildPlan): ContextSelection[] {
  return plan.stages
    .flatMap(({ sequence }) => sequence)
    .flatMap(({ step, vertex }) =>
      vertex?.op.kind === 'file' ? vertex.op.actions.map((action) => ({ step, action })) : [],
    )
    .flatMap(({ step, action }) =>
      action.kind === 'copy' && action.source.kind === 'context'
        ? [{ step, context: action.source.context, selection: selectionOf(action.source) }]
        : [],
    );
}

/** What an operation reads of contexts. */
export function contextSelectionsOf(op: Op): (PathSelection & { readonly context?: string })[] {
  if (op.kind === 'file')
    return op.actions.flatMap((action) =>
      action.kind === 'copy' && action.source.kind === 'context' ? [action.source] : [],
    );
  if (op.kind !== 'exec') return [];
  return op.mounts.flatMap((mount) =>
    mount.type === 'bind' && mount.input === undefined
      ? [{ path: mount.source, exclude: [], parents: false }]
      : [],
  );
}

/** The selection alone, of anything that has one. */
export const selectionOf = ({ path, exclude, parents }: PathSelection): PathSelection => ({
  path,
  exclude,
  parents,
});
