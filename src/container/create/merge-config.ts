import type { HealthcheckConfig, ImageRunConfig } from '../../oci/image-config.ts';
import type { ContainerSpec, CreateRequest } from '../types.ts';

type Requested = CreateRequest['spec'];
/** The members of a spec that an image's config has a say in. */
export type MergedConfig = Pick<
  ContainerSpec,
  'user' | 'env' | 'entrypoint' | 'cmd' | 'workingDir' | 'labels' | 'stopSignal' | 'exposedPorts' | 'volumes'
> &
  Pick<Partial<ContainerSpec>, 'healthcheck' | 'shell'>;

/** Completes what the client said by the image's config, by Docker's rules. */
export function mergeConfig(asked: Requested, image: ImageRunConfig): MergedConfig {
  const healthcheck = mergeHealthcheck(asked.healthcheck, image.Healthcheck);
  const shell = asked.shell?.length ? asked.shell : image.Shell;
  return {
    ...mergeCommand(asked, image),
    user: asked.user || image.User || '',
    env: mergeEnv(asked.env ?? [], image.Env ?? []),
    workingDir: asked.workingDir || image.WorkingDir || '',
    labels: { ...image.Labels, ...asked.labels },
    stopSignal: asked.stopSignal || image.StopSignal || '',
    exposedPorts: mergePorts(asked.exposedPorts ?? [], image.ExposedPorts),
    volumes: [...new Set([...(asked.volumes ?? []), ...Object.keys(image.Volumes ?? {})])],
    ...(healthcheck && { healthcheck }),
    ...(shell && { shell }),
  };
}

/**
 * An entrypoint that is given takes the image's CMD away as well; a command that is given replaces CMD and keeps the entrypoint.
 * `['']` is the way to say "no entrypoint and no CMD", `[]` only the former; an empty command next to `[]` counts as given.
 */
function mergeCommand(asked: Requested, image: ImageRunConfig): Pick<MergedConfig, 'entrypoint' | 'cmd'> {
  const given = asked.entrypoint;
  if (given?.length) return { entrypoint: isReset(given) ? [] : given, cmd: asked.cmd ?? [] };
  const entrypoint = given ?? image.Entrypoint ?? [];
  return {
    entrypoint: isReset(entrypoint) ? [] : entrypoint,
    cmd: asked.cmd?.length || (given && asked.cmd) ? asked.cmd : (image.Cmd ?? []),
  };
}

const isReset = (entrypoint: readonly string[]): boolean => entrypoint.length === 1 && entrypoint[0] === '';

/** The client's variables, then those of the image that it doesn't name. */
function mergeEnv(asked: readonly string[], image: readonly string[]): string[] {
  const named = new Set(asked.map(nameOf));
  return [...asked, ...image.filter((variable) => !named.has(nameOf(variable)))];
}

export const nameOf = (variable: string): string => variable.split('=', 1)[0] ?? '';

function mergePorts(
  asked: ContainerSpec['exposedPorts'],
  image: ImageRunConfig['ExposedPorts'],
): ContainerSpec['exposedPorts'] {
  const ports = new Map(asked.map((port) => [`${port.port}/${port.protocol}`, port]));
  for (const text of Object.keys(image ?? {})) {
    for (const port of parsePort(text)) {
      const key = `${port.port}/${port.protocol}`;
      if (!ports.has(key)) ports.set(key, port);
    }
  }
  return [...ports.values()];
}

/** `80`, `80/udp`, `8000-8010/tcp`; an image may say anything, so what is no port is left out. */
export function parsePort(text: string): ContainerSpec['exposedPorts'][number][] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(text.toLowerCase());
  const first = Number(match?.[1]);
  const last = Math.min(Number(match?.[2] ?? first), 65535);
  if (!match || first < 1) return [];
  const protocol = (match[3] ?? 'tcp') as 'tcp' | 'udp' | 'sctp';
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, index) => ({
    port: first + index,
    protocol,
  }));
}

/** Field by field: what the client leaves out is the image's. */
function mergeHealthcheck(
  asked: HealthcheckConfig | undefined,
  image: HealthcheckConfig | undefined,
): HealthcheckConfig | undefined {
  if (!asked || !image) return asked ?? image;
  const set = Object.entries(asked).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value));
  return { ...image, ...Object.fromEntries(set) };
}
