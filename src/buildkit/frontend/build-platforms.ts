import { randomUUID } from 'node:crypto';
import type { DescribedMount } from '../../build/check/types.ts';
import type { BuildRequest, BuiltImage, FetchedSource } from '../../build/types.ts';
import type { NamedContexts } from '../../build/plan/named-contexts.ts';
import { mapPool } from '../../lib/pool.ts';
import { formatPlatform, hostPlatform, type Platform } from '../../oci/platform.ts';
import type { BuildResult, ResultPart } from '../result.ts';
import { type FrontendAttributes, targetPlatforms } from './attributes.ts';
import type { ClientDockerfile } from './local-context.ts';

interface Given {
  readonly request: BuildRequest;
  /** By name, or by `name::platform` for one platform alone. */
  readonly contexts: NamedContexts;
  readonly dockerfile: ClientDockerfile;
  readonly attributes: FrontendAttributes;
  readonly source?: FetchedSource;
  /** What the Dockerfile mounts. */
  readonly mounts: readonly DescribedMount[];
  readonly signal: AbortSignal;
}

/** One build of several: `label` tells its platform where there are others. */
export interface PlatformBuild {
  readonly request: BuildRequest;
  readonly label: string | undefined;
  readonly dockerfile: ClientDockerfile;
  readonly signal: AbortSignal;
}

/** Builds for all platforms that are asked for, at the same time; what is equal between them is done once. */
export async function buildPlatforms(
  given: Given,
  build: (one: PlatformBuild) => Promise<BuiltImage>,
): Promise<BuildResult> {
  const { platforms, isMap } = targetPlatforms(given.attributes);
  const targets: (Platform | undefined)[] = platforms.length > 0 ? [...platforms] : [undefined];
  const group = targets.length > 1 ? { id: randomUUID(), done: new Set<string>() } : undefined;
  const built: ResultPart[] = [];
  try {
    const parts = await mapPool(
      [...targets.entries()],
      targets.length,
      async ([index, platform], signal) => {
        const several = group && platform ? { group, platform, index } : undefined;
        const part = await buildOne(given, platform, several, (one) => build({ ...one, signal }));
        built.push(part);
        return part;
      },
      { signal: given.signal },
    );
    return { parts, isMap };
  } catch (error) {
    for (const { image } of built) image[Symbol.dispose]();
    throw error;
  }
}

type Several = {
  readonly group: NonNullable<BuildRequest['group']>;
  readonly platform: Platform;
  readonly index: number;
};

async function buildOne(
  { request, contexts, dockerfile, attributes, mounts, source }: Given,
  platform: Platform | undefined,
  several: Several | undefined,
  build: (one: Omit<PlatformBuild, 'signal'>) => Promise<BuiltImage>,
): Promise<ResultPart> {
  const startedAt = new Date();
  const label = several && formatPlatform(several.platform);
  const image = await build({
    request: {
      ...request,
      ...(platform && { platform: formatPlatform(platform) }),
      ...(several && label !== undefined && distinguish(request, several, label)),
      contexts: contextsOf(contexts, platform),
    },
    label,
    dockerfile,
  });
  const { os, architecture, variant } = image.config;
  const actual = platform ?? { os, architecture, ...(variant !== undefined && { variant }) };
  return {
    id: formatPlatform(actual),
    platform: actual,
    image,
    account: {
      dockerfile,
      attributes,
      ...(source && { source }),
      startedAt,
      finishedAt: new Date(),
      secrets: mountsOf(mounts, 'secret'),
      agents: mountsOf(mounts, 'ssh'),
    },
  };
}

/** Each platform is on record by itself, and compared with its own last build. */
function distinguish(request: BuildRequest, { group, index }: Several, label: string): Partial<BuildRequest> {
  const { id, lineage } = request;
  return {
    group,
    ...(lineage !== undefined && { lineage: `${lineage} ${label}` }),
    ...(id !== undefined && index > 0 && { id: `${id}.${index}` }),
  };
}

/** Contexts for one platform go before those for all. */
function contextsOf(contexts: NamedContexts, platform: Platform = hostPlatform()): NamedContexts {
  const suffix = `::${formatPlatform(platform)}`;
  const all = Object.entries(contexts);
  return Object.fromEntries([
    ...all.filter(([name]) => !name.includes('::')),
    ...all.flatMap(([name, context]) =>
      name.endsWith(suffix) ? [[name.slice(0, -suffix.length), context] as const] : [],
    ),
  ]);
}

const mountsOf = (mounts: readonly DescribedMount[], type: DescribedMount['type']) =>
  mounts
    .filter((mount) => mount.type === type)
    .map(({ name, required }) => ({ id: name, optional: !required }));
