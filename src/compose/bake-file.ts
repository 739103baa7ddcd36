import { isRemotePlace } from '../client/build/directories.ts';
import type { BuildOptions } from './build.ts';
import { argumentsOf, entitlementsOf, imageLabels, platformsOf } from './build-spec.ts';
import type { Build, Project, Service } from './model/types.ts';
import { imageName } from './plan/names.ts';

/** The builds of services as a file of `docker buildx bake`: what `build --print` shows. */
export function bakeFile(project: Project, services: readonly Service[], options: BuildOptions): object {
  const targets = services.map((service) => [
    targetName(service.name),
    bakeTarget(project, service, options),
  ]);
  return {
    group: { default: { targets: targets.map(([name]) => name) } },
    target: Object.fromEntries(targets) as object,
  };
}

const targetName = (service: string): string => service.replaceAll('.', '_');

/** Bake takes `${` for its own. */
const escaped = (text: string): string => text.replaceAll('${', '$${');

function bakeTarget(project: Project, service: Service, options: BuildOptions): object {
  const { build } = service;
  if (!build) return {};
  const { context, dockerfile, dockerfileInline } = build;
  const path =
    dockerfile === undefined || isRemotePlace(context) || dockerfile.startsWith('/')
      ? dockerfile
      : `${context}/${dockerfile}`;
  const args = Object.entries(argumentsOf(build, options)).map(([name, value]) => [name, escaped(value)]);
  return filled({
    context,
    contexts: Object.fromEntries(
      Object.entries(build.contexts).map(([name, place]) => [
        name,
        place.replace(/^service:(.*)$/s, (_, other: string) => `target:${targetName(other)}`),
      ]),
    ),
    dockerfile: path,
    'dockerfile-inline': dockerfileInline && escaped(dockerfileInline),
    args: Object.fromEntries(args) as object,
    labels: sorted(imageLabels(project, service)),
    tags: [...build.tags, imageName(project, service)],
    'cache-from': build.cacheFrom,
    'cache-to': build.cacheTo,
    target: build.target,
    secret: build.secrets.flatMap(({ id, source }) => secretText(project, id, source)),
    ssh: [
      ...build.ssh.map(({ id, path: socket = '' }) => `${id}=${socket}`),
      ...(options.ssh ?? []).map(sshText),
    ],
    platforms: platformsOf(service),
    pull: build.pull || options.pullBase,
    'no-cache': build.noCache || options.noCache,
    network: build.network,
    'shm-size': build.shmSize === undefined ? undefined : String(build.shmSize),
    ulimits: build.ulimits,
    call: options.check ? 'lint' : undefined,
    entitlements: entitlementsOf(build),
    'extra-hosts': Object.fromEntries(
      build.extraHosts.map((entry) => entry.split(/:(.*)/s).slice(0, 2)),
    ) as object,
    output: options.check ? [] : [outputOf(service, options)],
    attest: attestsOf(build),
  });
}

/** Without what says nothing. */
const filled = (target: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(
    Object.entries(target).filter(
      ([, value]) =>
        value !== undefined &&
        value !== false &&
        value !== '' &&
        (typeof value !== 'object' || value === null || Object.keys(value).length > 0),
    ),
  );

const sorted = (labels: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)));

const sshText = (value: string): string => (value.includes('=') ? value : `${value}=`);

function secretText({ secrets }: Project, id: string, source: string): string[] {
  const { file, environment } = secrets.get(source) ?? {};
  if (environment !== undefined) return [`id=${id},type=env,env=${environment}`];
  return file === undefined ? [] : [`id=${id},type=file,src=${file}`];
}

function outputOf({ image, build }: Service, { push = false }: BuildOptions): string {
  const isPushed = push && image !== undefined;
  if ((build?.platforms.length ?? 0) > 1) return `type=image,push=${isPushed}`;
  return isPushed ? 'type=registry' : 'type=docker';
}

const attestsOf = ({ provenance, sbom }: Build): string[] =>
  [['provenance', provenance] as const, ['sbom', sbom] as const].flatMap(([type, value]) => {
    if (!value || value === 'false') return [];
    return [value === 'true' ? `type=${type}` : `type=${type},${value}`];
  });
