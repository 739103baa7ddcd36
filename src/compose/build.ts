import type { Client } from '../client/client.ts';
import type { BuildEventLine } from '../wire/build.ts';
import { EngineError, invalid } from '../lib/errors.ts';
import { mapPool } from '../lib/pool.ts';
import type { AuthConfig, ProgressLine } from '../wire/image.ts';
import { runBuild } from '../client/build/run-build.ts';
import { buildClassically } from './build-classically.ts';
import { buildPlace, buildSpec } from './build-spec.ts';
import type { Project, Service } from './model/types.ts';

export interface BuildOptions {
  readonly noCache?: boolean;
  readonly pullBase?: boolean;
  /** Over the files' `args`; null takes the value of the environment. */
  readonly buildArgs?: Readonly<Record<string, string | null>>;
  /** Images that have a name of their own go to their registries. */
  readonly push?: boolean;
  /** Only the checks of the Dockerfiles. */
  readonly check?: boolean;
  /** `default` or `ID=SOCKET`, beside what the files say. */
  readonly ssh?: readonly string[];
  /** Over what the files say. */
  readonly provenance?: string | undefined;
  readonly sbom?: string | undefined;
  /** Bytes that a step may use. */
  readonly memory?: number | undefined;
  /** A service is built after those that it depends on, as Docker's classic builder did it: its Dockerfile may name their images. */
  readonly inOrder?: boolean;
  /** The logins to all registries: a Dockerfile may name several. */
  readonly allAuth?: () => Promise<Record<string, AuthConfig>>;
  /** Told of what happens in a build, by our own engine as events, by Docker's as lines. */
  readonly onBuildLine?: (service: string, line: BuildEventLine | ProgressLine) => void;
  readonly signal?: AbortSignal;
}

/** Builds at once; each asks for as many steps at a time as the engine has processors. */
const AT_ONCE = 8;

/** Builds the image of a service as its `build` says, and before it those of services whose results it names. */
export const buildService = (
  client: Client,
  project: Project,
  service: Service,
  options: BuildOptions,
): Promise<void> => buildServices(client, project, [service], options);

/** Builds several; each, and what it needs, once. `onService` is told of each that begins, and waits for it. */
export async function buildServices(
  client: Client,
  project: Project,
  services: readonly Service[],
  options: BuildOptions,
  onService: (service: Service, work: () => Promise<void>) => Promise<void> = (_, work) => work(),
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const images = new Map<string, Promise<string>>();
  const build = (service: Service, path: readonly string[]): Promise<string> => {
    if (path.includes(service.name))
      throw invalid(`services need the builds of one another: ${[...path, service.name].join(' -> ')}`);
    const known = images.get(service.name) ?? make(service, [...path, service.name]);
    images.set(service.name, known);
    return known;
  };
  const make = async (service: Service, path: readonly string[]): Promise<string> => {
    const results = await resultsOf(service, (needed) => build(needed, path), project);
    if (options.inOrder) for (const needed of dependenciesOf(service, services)) await build(needed, path);
    let image = '';
    await onService(service, async () => {
      image = await buildOne(client, project, service, results, { ...options, signal });
    });
    return image;
  };
  try {
    await mapPool(services.filter(hasBuild), AT_ONCE, (service) =>
      build(service, []).catch((error: unknown) => {
        stop.abort(error); // the others are of no use any more
        throw error;
      }),
    );
  } finally {
    await Promise.allSettled(images.values());
  }
}

/** Those of the services that another one depends on. */
const dependenciesOf = ({ dependsOn }: Service, services: readonly Service[]): Service[] =>
  services.filter((other) => dependsOn.has(other.name) && hasBuild(other));

const hasBuild = ({ build }: Service): boolean => build !== undefined;

/** What a build takes the results of other services from, by the names of its contexts. */
async function resultsOf(
  { name, build }: Service,
  image: (service: Service) => Promise<string>,
  project: Project,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [context, place] of Object.entries(build?.contexts ?? {})) {
    const [, other] = /^service:(.*)$/s.exec(place) ?? [];
    if (other === undefined) continue;
    const service = project.services.get(other) ?? project.disabled.get(other);
    if (!service?.build)
      throw invalid(
        `service ${JSON.stringify(name)} declares unknown service ${JSON.stringify(other)} as additional contexts ${context}`,
      );
    found[context] = `docker-image://${await image(service)}`;
  }
  return found;
}

/** Returns the id of the image. */
async function buildOne(
  client: Client,
  project: Project,
  service: Service,
  results: Readonly<Record<string, string>>,
  options: BuildOptions & { readonly signal: AbortSignal },
): Promise<string> {
  const { name } = service;
  const tell = (line: BuildEventLine | ProgressLine): void => options.onBuildLine?.(name, line);
  using place = buildPlace(service);
  const outcome = await runBuild(client, await buildSpec(project, service, results, options), place, {
    cwd: project.workingDir,
    env: project.environment,
    signal: options.signal,
    onEvent: tell,
    onWarning: (text) => tell({ status: text }),
    writeOut: async () => {},
  });
  if (outcome === 'not ours') {
    await buildClassically(client, project, service, place, options);
    return '';
  }
  if (outcome.type === 'failed')
    throw new EngineError('internal', `target ${name}: failed to solve: ${outcome.message}`);
  return outcome.type === 'done' ? (outcome.imageId ?? '') : '';
}
