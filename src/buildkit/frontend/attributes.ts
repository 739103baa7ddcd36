import type { BuildRequest } from '../../build/types.ts';
import { EngineError, invalid } from '../../lib/errors.ts';

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
  | 'pull'
  | 'network'
  | 'platform'
  | 'extraHosts'
  | 'shmSize'
  | 'cacheFrom'
>;

/** The part of a build request that attributes describe. */
export function describeBuild(attributes: FrontendAttributes): Described {
  const { target, platform } = attributes;
  if (platform?.includes(','))
    throw new EngineError(
      'not-implemented',
      `building for several platforms at once is not supported: ${platform}`,
    );
  return {
    buildArgs: attributesUnder(attributes, 'build-arg'),
    labels: attributesUnder(attributes, 'label'),
    noCache: attributes['no-cache'] === '',
    pull: attributes['image-resolve-mode'] === 'pull',
    network: attributes['force-network-mode'] ?? 'default',
    extraHosts: extraHosts(attributes['add-hosts']),
    cacheFrom: [],
    ...(target && { target }),
    ...(platform && { platform }),
    ...(attributes['shm-size'] && { shmSize: bytes(attributes['shm-size']) }),
  };
}

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
