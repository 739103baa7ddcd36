import { exposedPorts } from '../model/exposed-ports.ts';
import type { CreateContainerBody, HealthConfig } from '../../wire/container.ts';
import { defined } from '../model/read.ts';
import type { Healthcheck, Project, Service } from '../model/types.ts';
import { endpoints } from './endpoints.ts';
import { hostConfig } from './host-config.ts';
import { type InstanceOptions, withReferences } from './instance.ts';
import { COMPOSE_VERSION, label } from './labels.ts';
import { imageName } from './names.ts';
import { copiedFiles, filesDigest } from './service-files.ts';
import { hashOf } from './divergence.ts';

/** What the engine is asked to create for one container of a service. */
export function createBody(
  project: Project,
  declared: Service,
  options: InstanceOptions,
): CreateContainerBody {
  const service = withReferences(declared, options);
  const own = Object.entries(service.environment).map(([name, value]) => `${name}=${value}`);
  return defined<CreateContainerBody>({
    Hostname: service.hostname,
    Domainname: service.domainname,
    User: service.user,
    Tty: service.tty,
    OpenStdin: service.stdinOpen,
    AttachStdout: true,
    AttachStderr: true,
    Env: [...(project.proxies?.(own) ?? []), ...own, ...unsetNames(service)],
    Cmd: service.command && [...service.command],
    Entrypoint: service.entrypoint && [...service.entrypoint],
    Image: imageName(project, service),
    WorkingDir: service.workingDir,
    Labels: labelsOf(project, service, options),
    ExposedPorts: Object.fromEntries(
      [
        ...service.expose.flatMap(exposedKeys),
        ...service.ports.map(({ target, protocol }) => `${target}/${protocol}`),
      ].map((port) => [port, {}]),
    ),
    Healthcheck: service.healthcheck && healthConfig(service.healthcheck),
    StopSignal: service.stopSignal,
    StopTimeout: service.stopGracePeriod === undefined ? undefined : Math.ceil(service.stopGracePeriod / 1e9),
    HostConfig: hostConfig(project, service, options),
    NetworkingConfig: { EndpointsConfig: endpoints(project, service, options) },
  });
}

/** What nothing gives a value: the engine takes it from what the image says. */
const unsetNames = ({ environment, unsetVariables }: Service): string[] =>
  unsetVariables.filter((name) => !Object.hasOwn(environment, name));

/** The platform that the engine is asked for, as a parameter. */
export const platformOf = (
  { environment }: Project,
  { platform = environment['DOCKER_DEFAULT_PLATFORM'] }: Service,
): { platform?: string } => (platform === undefined || platform === '' ? {} : { platform });

/** One key for each port; what is none is left to the engine. */
function exposedKeys(entry: string): string[] {
  const exposed = exposedPorts(entry);
  return exposed ? exposed.ports.map((port) => `${port}/${exposed.protocol}`) : [entry];
}

function labelsOf(
  project: Project,
  service: Service,
  { number, oneOff, imageId, replaces }: InstanceOptions,
): Record<string, string> {
  const files = filesDigest(copiedFiles(project, service));
  return {
    ...service.labels,
    [label.project]: project.name,
    [label.service]: service.name,
    [label.oneOff]: oneOff ? 'True' : 'False',
    [label.configHash]: hashOf(project, service),
    [label.configFiles]: project.files.join(','),
    [label.workingDir]: project.workingDir,
    ...(project.envFiles.length > 0 && { [label.environmentFile]: project.envFiles.join(',') }),
    [label.image]: imageId,
    [label.version]: COMPOSE_VERSION,
    [label.dependsOn]: [...service.dependsOn]
      .map(([name, { condition, restart }]) => `${name}:${condition}:${restart}`)
      .join(','),
    ...(number !== undefined && { [label.number]: String(number) }),
    ...(oneOff && { [label.slug]: oneOff.slug }),
    ...(replaces !== undefined && { [label.replace]: replaces }),
    ...(files !== undefined && { [label.files]: files }),
  };
}

function healthConfig(check: Healthcheck): HealthConfig {
  if (check.disable) return { Test: ['NONE'] };
  return defined<HealthConfig>({
    Test: check.test && [...check.test],
    Interval: check.interval,
    Timeout: check.timeout,
    StartPeriod: check.startPeriod,
    StartInterval: check.startInterval,
    Retries: check.retries,
  });
}
