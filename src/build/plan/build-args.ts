import { formatPlatform, hostPlatform, parsePlatform, type Platform } from '../../oci/platform.ts';
import type { PlanRequest } from './types.ts';

const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];
const predefined = new Set([
  ...proxyNames.flatMap((name) => [name, name.toLowerCase()]),
  'BUILDKIT_BUILD_NAME',
  'BUILDKIT_CACHE_MOUNT_NS',
  'BUILDKIT_CONTEXT_KEEP_GIT_DIR',
  'BUILDKIT_INLINE_CACHE',
  'BUILDKIT_MULTI_PLATFORM',
  'BUILDKIT_SANDBOX_HOSTNAME',
  'BUILDKIT_SYNTAX',
  'SOURCE_DATE_EPOCH',
]);

/** The arguments that a build was given, and which of them a Dockerfile asked for. */
export class BuildArgs {
  /** Platform arguments: known to global scope, and to a stage that declares them. */
  readonly platform: ReadonlyMap<string, string>;
  readonly targetPlatform: Platform;
  private readonly given: ReadonlyMap<string, string>;
  private readonly used = new Set<string>();

  constructor(request: Pick<PlanRequest, 'buildArgs' | 'platform' | 'target'>) {
    this.given = new Map(
      Object.entries(request.buildArgs).filter((entry): entry is [string, string] => entry[1] !== null),
    );
    this.targetPlatform = request.platform ? parsePlatform(request.platform) : hostPlatform();
    this.platform = new Map([
      ...describe('BUILD', hostPlatform()),
      ...describe('TARGET', this.targetPlatform),
      ['TARGETSTAGE', request.target ?? 'default'],
    ]);
  }

  /** The value given for a declared argument. */
  take(name: string): string | undefined {
    const value = this.given.get(name);
    if (value !== undefined) this.used.add(name);
    return value;
  }

  /** An argument that BuildKit itself looks at, declared or not. */
  builtIn(name: `BUILDKIT_${string}`): string | undefined {
    return this.given.get(name);
  }

  /** Proxy variables for RUN in upper and lower case: neither in the image nor in the identity of a step. */
  proxyEnv(): string[] {
    return proxyNames.flatMap((name) => {
      const value = this.given.get(name) ?? this.given.get(name.toLowerCase());
      return value === undefined ? [] : [`${name}=${value}`, `${name.toLowerCase()}=${value}`];
    });
  }

  /** Names given that no ARG declared. */
  unused(): string[] {
    return [...this.given.keys()].filter((name) => !this.used.has(name) && !predefined.has(name));
  }
}

function describe(prefix: string, platform: Platform): [string, string][] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ''],
  ];
}
