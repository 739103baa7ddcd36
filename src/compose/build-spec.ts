import { readFileSync } from 'node:fs';
import { agentSources, parseAgent } from '../client/build/agents.ts';
import { isRemotePlace } from '../client/build/directories.ts';
import { type BuildPlace, directoryPlace, urlPlace } from '../client/build/place.ts';
import type { BuildSpec } from '../client/build/spec.ts';
import { shorthand } from '../client/build/statements.ts';
import { invalid, messageOf } from '../lib/errors.ts';
import type { BuildOptions } from './build.ts';
import type { Build, Project, Service } from './model/types.ts';
import { COMPOSE_VERSION, label } from './plan/labels.ts';
import { imageName } from './plan/names.ts';

/** Where the build of a service finds its files. */
export function buildPlace({ build }: Service): BuildPlace {
  const { context = '.', dockerfile: path = 'Dockerfile', dockerfileInline: text } = build ?? {};
  if (isRemotePlace(context)) return urlPlace(context, text === undefined ? { path } : { text });
  return directoryPlace(
    context,
    text === undefined
      ? { file: build?.dockerfile && `${directoryOf(context, path)}${path}` }
      : { inline: text },
  );
}

/** A Dockerfile is looked for from the context. */
const directoryOf = (context: string, path: string): string => (path.startsWith('/') ? '' : `${context}/`);

/** The labels that an image of a service gets, with those of its build. */
export const imageLabels = (project: Project, service: Service): Record<string, string> => ({
  ...service.build?.labels,
  [label.project]: project.name,
  [label.service]: service.name,
  [label.version]: COMPOSE_VERSION,
});

/** The platforms to build for; undefined = that of the engine. */
export const platformsOf = ({ build, platform }: Service): readonly string[] =>
  build && build.platforms.length > 0 ? build.platforms : platform === undefined ? [] : [platform];

/** What steps may do. */
export const entitlementsOf = ({ entitlements, privileged }: Build): string[] =>
  privileged ? [...new Set([...entitlements, 'security.insecure'])] : [...entitlements];

/** The arguments of a build; what has no value anywhere is left out. */
export function argumentsOf({ args }: Build, { buildArgs }: BuildOptions): Record<string, string> {
  const all = Object.entries({ ...args, ...buildArgs });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** What a service says is to be built; `results` are named contexts in the place of those that are other services. */
export async function buildSpec(
  project: Project,
  service: Service,
  results: Readonly<Record<string, string>>,
  options: BuildOptions,
): Promise<BuildSpec> {
  const { build } = service;
  if (!build) throw invalid(`service ${service.name} has no build`);
  if (build.isolation !== undefined && build.isolation !== 'default')
    throw invalid(`service ${service.name}: unsupported isolation: ${JSON.stringify(build.isolation)}`);
  const agents = [
    ...build.ssh.map(({ id, path }) => ({ id, ...(path !== undefined && { paths: [path] }) })),
    ...(options.ssh ?? []).map(parseAgent),
  ];
  return {
    tags: [...build.tags, imageName(project, service)],
    lineage: imageName(project, service),
    buildArgs: argumentsOf(build, options),
    labels: imageLabels(project, service),
    target: build.target,
    platforms: platformsOf(service),
    noCache: build.noCache || (options.noCache ?? false),
    noCacheFilter: [],
    pull: build.pull || (options.pullBase ?? false),
    network: build.network,
    extraHosts: build.extraHosts,
    shmSize: build.shmSize,
    ulimits: build.ulimits,
    limits: { memory: options.memory },
    allow: entitlementsOf(build),
    attests: [
      ...shorthand('provenance', build.provenance),
      ...shorthand('sbom', build.sbom),
      ...shorthand('provenance', options.provenance),
      ...shorthand('sbom', options.sbom),
    ],
    annotations: [],
    outputs: [],
    push: (options.push ?? false) && service.image !== undefined,
    cacheFrom: build.cacheFrom,
    cacheTo: build.cacheTo,
    contexts: { ...build.contexts, ...results },
    secrets: Object.fromEntries(
      build.secrets.map(({ id, source }) => [id, secretOf(project, source).toString('base64')]),
    ),
    agents: agentSources(agents, { env: project.environment, cwd: project.workingDir }),
    credentials: (await options.allAuth?.()) ?? {},
    request: options.check ? 'lint' : undefined,
  };
}

function secretOf({ secrets, environment }: Project, source: string): Buffer {
  const { file, environment: variable, content } = secrets.get(source) ?? {};
  if (variable !== undefined) return Buffer.from(environment[variable] ?? '');
  if (content !== undefined) return Buffer.from(content);
  if (file === undefined)
    throw invalid(`build secret ${JSON.stringify(source)} has neither a file nor an environment variable`);
  try {
    return readFileSync(file);
  } catch (error) {
    throw invalid(`failed to read secret ${source}: ${messageOf(error)}`, error);
  }
}
