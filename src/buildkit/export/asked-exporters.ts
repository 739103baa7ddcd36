import { GrpcError, GrpcStatus } from '../../lib/grpc/status.ts';
import type { OptionsEntry, SolveRequest } from '../message-types.ts';
import { AnnotationSet } from './annotations.ts';
import { epochOf, flag, layerFormat, outputNames } from './options.ts';

/** What outputs a client asks for. */
export function exportersOf(request: SolveRequest): readonly OptionsEntry[] {
  if (request.Exporters.length > 0) return request.Exporters;
  if (request.ExporterDeprecated === '') return [];
  return [{ Type: request.ExporterDeprecated, Attrs: request.ExporterAttrsDeprecated }];
}

const writesManifests: ReadonlySet<string> = new Set(['moby', 'image', 'oci', 'docker']);
const known: ReadonlySet<string> = new Set([...writesManifests, 'local', 'tar', 'cacheonly']);

/** The members of outputs that are on or off. */
const flags = [
  'push',
  'push-by-digest',
  'store',
  'tar',
  'oci-mediatypes',
  'oci-artifact',
  'rewrite-timestamp',
  'platform-split',
] as const;

/** Throws for outputs that no result could be put into: that is told before anything is built. */
export function checkExporters(request: SolveRequest): void {
  for (const { Type, Attrs } of exportersOf(request)) {
    if (!known.has(Type)) throw new GrpcError(GrpcStatus.unknown, `exporter "${Type}" could not be found`);
    epochOf(Attrs, {});
    for (const name of flags) flag(Attrs, name);
    if (!writesManifests.has(Type)) continue;
    outputNames(Attrs);
    layerFormat(Attrs);
    void new AnnotationSet(Attrs);
  }
}
