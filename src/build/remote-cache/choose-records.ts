import type { BuildPlan, Step, Vertex } from '../plan/types.ts';
import { countedBase, keyOf } from '../solve/key.ts';
import type { CacheRecords } from '../solve/records.ts';
import { emptyRootfs, type Operations, type Rootfs } from '../solve/types.ts';
import type { Digest } from '../../oci/digest.ts';
import { type ImportedCaches, LayerUnavailable } from './imported-caches.ts';

interface Choice {
  readonly plan: BuildPlan;
  readonly operations: Operations;
  readonly records: CacheRecords;
  readonly imported: ImportedCaches;
  /** Whether a step is to be done in any case. */
  readonly isAnew: (step: Step) => boolean;
  readonly signal: AbortSignal;
}

/**
 * Drops imported records whose layers can't be had and that this build could not do without: those below a step that has to run. The others
 * may stay: that a stage is known by its digests is enough for what follows from it. Nothing runs here and nothing is told.
 */
export async function chooseRecords(choice: Choice): Promise<void> {
  for (;;) {
    const missing = await missingLayers(choice);
    if (missing.size === 0) return;
    for (const layer of missing) choice.imported.drop(layer);
  }
}

async function missingLayers({
  plan,
  operations,
  records,
  imported,
  isAnew,
  signal,
}: Choice): Promise<Set<Digest>> {
  const needed = new Set<Digest>();
  const known = new Map<Vertex, Promise<Rootfs | undefined>>();
  const need = (rootfs: Rootfs | undefined): void => {
    for (const layer of rootfs?.layers ?? []) needed.add(layer);
  };
  for (const { sequence } of plan.stages) for (const { vertex } of sequence) if (vertex) await find(vertex);
  if (plan.target.result) need(await find(plan.target.result));
  return new Set([...needed].filter((layer) => !imported.canHave(layer)));

  function find(vertex: Vertex): Promise<Rootfs | undefined> {
    const found = known.get(vertex) ?? look(vertex);
    known.set(vertex, found);
    return found;
  }

  async function look(vertex: Vertex): Promise<Rootfs | undefined> {
    if (vertex.op.kind === 'image') return { layers: vertex.op.layers };
    const base = vertex.base ? await find(vertex.base) : emptyRootfs;
    const inputs = await Promise.all(vertex.inputs.map(find));
    const layer =
      base && inputs.every((input) => input !== undefined) && (await lookUp(vertex, base, inputs));
    if (layer) return { layers: [...base.layers, layer] };
    for (const rootfs of [base, ...inputs]) need(rootfs);
    return undefined;
  }

  async function lookUp(
    vertex: Vertex,
    base: Rootfs,
    inputs: readonly Rootfs[],
  ): Promise<Digest | undefined> {
    if (isAnew(vertex.step)) return undefined;
    try {
      const identity = await operations.identify(vertex, base, inputs, signal);
      const key = keyOf(identity, countedBase(vertex, base));
      const record = records.find(key);
      if (record && operations.hasLayer(record.layer)) return record.layer;
      return imported.find(key)?.layer;
    } catch (error) {
      const layer = unavailableLayer(error);
      if (layer === undefined) throw error;
      needed.add(layer);
      return undefined;
    }
  }
}

/** The layer that an error is about which has no archive; undefined for other errors. */
export function unavailableLayer(error: unknown): Digest | undefined {
  for (let at = error; at instanceof Error; at = at.cause)
    if (at instanceof LayerUnavailable) return at.layer;
  return undefined;
}
