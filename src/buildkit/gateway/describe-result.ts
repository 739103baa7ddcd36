import type { Returned } from '../control/job.ts';
import { definitionOf } from '../frontend/reference.ts';
import type { FrontendRef, FrontendResult } from '../message-types.ts';
import type { BuildResult, ResultPart } from '../result.ts';

/** A result as clients see it: a reference, or one for each platform, with the configs (BuildKit, exptypes). `keep` gives a part its name. */
export function describeResult(
  { parts, isMap }: BuildResult,
  keep: (part: ResultPart) => string,
): Partial<FrontendResult> {
  const refs = parts.map((part) => [part.id, referTo(keep(part))] as const);
  const configs = parts.map(({ id, image }) => [
    isMap ? `containerimage.config/${id}` : 'containerimage.config',
    json(image.config),
  ]);
  const Platforms = parts.map(({ id, platform }) => ({ ID: id, Platform: platform }));
  return {
    ...(isMap ? { refs: { refs: Object.fromEntries(refs) } } : { ref: refs[0]?.[1] ?? null }),
    metadata: { ...Object.fromEntries(configs), 'refs.platforms': json({ Platforms }) },
  };
}

export const referTo = (id: string): FrontendRef => ({ id, def: definitionOf(id) });

/** What a client returns of such results. */
export function returnedBy(result: FrontendResult | null): Returned {
  const refs = result?.refs?.refs ?? {};
  const order = orderOf(result?.metadata['refs.platforms']);
  const keys = Object.keys(refs).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const ids = [...keys.map((key) => refs[key]?.id), result?.ref?.id];
  return { results: ids.filter((id): id is string => id !== undefined && id !== ''), isMap: keys.length > 0 };
}

/** References come in any order: this is the one that the platforms were asked for. */
function orderOf(platforms: Uint8Array | undefined): string[] {
  if (!platforms) return [];
  try {
    const { Platforms } = JSON.parse(Buffer.from(platforms).toString()) as { Platforms?: { ID: string }[] };
    return (Platforms ?? []).map(({ ID }) => ID);
  } catch {
    return [];
  }
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
