import type { Digest } from '../../oci/digest.ts';
import type { ExecOp, FileOp, Vertex } from '../plan/types.ts';
import type { Identity, Operations, Rootfs } from '../solve/types.ts';
import { atStep } from './at-step.ts';
import type { BuildSources } from './build-sources.ts';
import { contextSelectionsOf } from './context-selections.ts';
import { identifyExec } from './exec/identify-exec.ts';
import { performExec } from './exec/perform-exec.ts';
import { identifyFiles, performFiles } from './file-operation.ts';
import type { BuildServices } from './services.ts';

/** The operations of one build. */
export class BuildOperations implements Operations {
  private readonly services: BuildServices;
  private readonly sources: BuildSources;

  constructor(services: BuildServices, sources: BuildSources) {
    this.services = services;
    this.sources = sources;
  }

  async identify(
    vertex: Vertex,
    base: Rootfs,
    inputs: readonly Rootfs[],
    signal: AbortSignal,
  ): Promise<Identity> {
    try {
      if (isExec(vertex)) return await identifyExec(this.sources, vertex, inputs, signal);
      if (isFile(vertex)) return await identifyFiles(this.sources, vertex, base, inputs, signal);
      return { definition: { kind: 'image' }, content: [] };
    } catch (error) {
      throw atStep(error, vertex.step);
    }
  }

  async perform(
    vertex: Vertex,
    base: Rootfs,
    inputs: readonly Rootfs[],
    { signal, tell }: Parameters<Operations['perform']>[3],
  ): Promise<Digest> {
    const { services, sources } = this;
    try {
      if (isExec(vertex)) return await performExec(services, sources, vertex, base, inputs, { signal, tell });
      if (isFile(vertex))
        return await performFiles(services, sources, vertex.op, base, inputs, { signal, tell });
      throw new Error('an image has nothing to be done');
    } catch (error) {
      throw atStep(error, vertex.step);
    }
  }

  isUnchanged({ op }: Vertex, signal: AbortSignal): Promise<boolean> {
    return this.sources.isUnchanged(contextSelectionsOf(op), signal);
  }

  hasLayer(diffId: Digest): boolean {
    return this.services.snapshots.layer(diffId) !== undefined;
  }

  fetchLayers(layers: readonly Digest[], signal: AbortSignal): Promise<void> {
    return this.sources.imported.ensure(layers, signal);
  }

  sizeOf(diffId: Digest): number {
    return this.services.snapshots.layer(diffId)?.size ?? 0;
  }
}

const isExec = (vertex: Vertex): vertex is Vertex & { readonly op: ExecOp } => vertex.op.kind === 'exec';
const isFile = (vertex: Vertex): vertex is Vertex & { readonly op: FileOp } => vertex.op.kind === 'file';
