import type { BuildRequest } from '../../build/types.ts';
import { invalid } from '../../lib/errors.ts';
import { formatPlatform, parsePlatform, type Platform } from '../../oci/platform.ts';

/** What a client asks of the Dockerfile frontend, as names and texts (BuildKit, "frontend attributes"). */
export type FrontendAttributes = Readonly<Record<string, string>>;

/** Values of `prefix:NAME`, by NAME. */
export function attributesUnder(attributes: FrontendAttributes, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      name.startsWith(`${prefix}:`) ? [[name.slice(prefix.length + 1), value] as const] : [],
    ),
  );
}

type Described = Pick<
  BuildRequest,
  | 'target'
  | 'buildArgs'
  | 'labels'
  | 'noCache'
  | 'noCacheStages'
  | 'pull'
  | 'network'
  | 'extraHosts'
  | 'shmSize'
  | 'cacheFrom'
>;

/** The part of a build request that attributes describe. */
export function describeBuild(attributes: FrontendAttributes): Described {
  const { target } = attributes;
  return {
    buildArgs: attributesUnder(attributes, 'build-arg'),
    labels: attributesUnder(attributes, 'label'),
    noCache: attributes['no-cache'] === '',
    noCacheStages: (attributes['no-cache'] ?? '').split(',').filter(Boolean),
    pull: attributes['image-resolve-mode'] === 'pull',
    network: attributes['force-network-mode'] ?? 'default',
    extraHosts: extraHosts(attributes['add-hosts']),
    cacheFrom: [],
    ...(target && { target }),
    ...(attributes['shm-size'] && { shmSize: bytes(attributes['shm-size']) }),
  };
}

/** The platforms to build for, each once; none = that of the host. `isMap`: an index is wanted whatever their number. */
export function targetPlatforms(attributes: FrontendAttributes): {
  readonly platforms: readonly Platform[];
  readonly isMap: boolean;
} {
  const texts = (attributes['platform'] ?? '').split(',').filter(Boolean);
  const platforms = texts.map(parsePlatform);
  const unique = [...new Map(platforms.map((platform) => [formatPlatform(platform), platform])).values()];
  return { platforms: unique, isMap: unique.length > 1 || isTrue(attributes['multi-platform']) };
}

const isTrue = (text: string | undefined): boolean => text !== undefined && /^(?:1|t|true)$/i.test(text);

/** `name=address,…` as a line of CSV; ours is `name:address`. */
function extraHosts(text = ''): string[] {
  return text
    .split(',')
    .filter(Boolean)
    .map((pair) => pair.trim().replace('=', ':'));
}

function bytes(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw invalid(`failed to parse shm size: ${text}`);
  return value;
}
