import { parseSecurityOptions } from '../container/start/security-options.ts';
import type { Container, ContainerSpec } from '../container/types.ts';
import type {
  ContainerConfig,
  ContainerInspect,
  ContainerSummary,
  HealthConfig,
  MountPoint,
} from '../wire/container.ts';
import { wireState } from './container-state.ts';
import type { Engine } from './engine.ts';
import { hostConfigView, networkMode } from './host-config-view.ts';
import { endpointSettings, type NetworkId, networkSettings, portSummaries } from './network-settings.ts';
import { statusText } from './status-text.ts';

export interface Sizes {
  readonly rw: number;
  readonly rootfs: number;
}

const wireSizes = (sizes: Sizes | undefined) => sizes && { SizeRw: sizes.rw, SizeRootFs: sizes.rootfs };

const networkIds =
  (engine: Engine): NetworkId =>
  (name) =>
    engine.networks.find(name)?.id;

/** `GET /containers/{id}/json` */
export function inspectView(container: Container, engine: Engine, sizes?: Sizes): ContainerInspect {
  const { spec, paths } = container;
  const [path = '', ...args] = [...spec.entrypoint, ...spec.cmd];
  return {
    Id: container.id,
    Created: container.createdAt.toISOString(),
    Path: path,
    Args: args,
    State: wireState(container.state),
    Image: spec.imageId,
    ResolvConfPath: paths.resolvConf,
    HostnamePath: paths.hostname,
    HostsPath: paths.hosts,
    LogPath: paths.log,
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: parseSecurityOptions(spec.securityOpt).apparmorProfile ?? '',
    ExecIDs: container.execIds.length > 0 ? [...container.execIds] : null,
    HostConfig: hostConfigView(container, engine.facts.cgroupVersion),
    GraphDriver: { Name: 'overlay2', Data: graphData(container, engine) },
    ...wireSizes(sizes),
    Mounts: mountPoints(container),
    Config: configView(spec),
    NetworkSettings: networkSettings(container, networkIds(engine)),
  };
}

/** One line of `GET /containers/json` */
export function summaryView(
  container: Container,
  engine: Engine,
  imageName: string,
  linkNames: readonly string[],
  sizes?: Sizes,
): ContainerSummary {
  const { spec } = container;
  return {
    Id: container.id,
    Names: [`/${container.name}`, ...linkNames],
    Image: imageName,
    ImageID: spec.imageId,
    Command: commandText([...spec.entrypoint, ...spec.cmd]),
    Created: Math.floor(container.createdAt.getTime() / 1000),
    Ports: portSummaries(container),
    ...(sizes && { ...(sizes.rw > 0 && { SizeRw: sizes.rw }), SizeRootFs: sizes.rootfs }),
    Labels: { ...spec.labels },
    State: container.state.status,
    Status: statusText(container.state),
    HostConfig: {
      NetworkMode: networkMode(spec),
      ...(Object.keys(spec.annotations).length > 0 && { Annotations: { ...spec.annotations } }),
    },
    NetworkSettings: { Networks: endpointSettings(container, networkIds(engine)) },
    Mounts: mountPoints(container),
  };
}

function commandText([program = '', ...args]: readonly string[]): string {
  const quoted = args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg));
  return [program, ...quoted].join(' ');
}

function mountPoints(container: Container): MountPoint[] {
  return container.mounts.map((mount) => ({
    Type: mount.type,
    ...(mount.name !== undefined && { Name: mount.name }),
    Source: mount.source,
    Destination: mount.destination,
    ...(mount.driver !== undefined && { Driver: mount.driver }),
    Mode: mount.mode,
    RW: mount.rw,
    Propagation: mount.propagation,
  }));
}

/** The merged tree of a running container is mounted in its own namespace alone. */
function graphData(container: Container, engine: Engine): Record<string, string> | null {
  const dirs = engine.snapshotDirs(container.id);
  const layers = engine.layerDirs(engine.images.find(container.spec.imageId)?.config.rootfs.diff_ids ?? []);
  if (!dirs || !layers) return null;
  return {
    ID: container.id,
    LowerDir: layers.toReversed().join(':'),
    MergedDir: 'pid' in container.state ? `/proc/${container.state.pid}/root` : dirs.merged,
    UpperDir: dirs.upper,
    WorkDir: dirs.work,
  };
}

/** The hardware address that was asked for, for the whole container or in the network that it is in first. */
function macView({ macAddress, endpoints }: ContainerSpec): Pick<ContainerConfig, 'MacAddress'> {
  const mac = macAddress ?? endpoints[0]?.mac;
  return mac === undefined ? {} : { MacAddress: mac };
}

function configView(spec: ContainerSpec): ContainerConfig {
  const list = (items: readonly string[]): string[] | null => (items.length > 0 ? [...items] : null);
  const keys = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));
  const ports = spec.exposedPorts.map(({ port, protocol }) => `${port}/${protocol}`);
  return {
    Hostname: spec.hostname,
    Domainname: spec.domainname,
    User: spec.user,
    AttachStdin: spec.attach.stdin,
    AttachStdout: spec.attach.stdout,
    AttachStderr: spec.attach.stderr,
    ...(ports.length > 0 && { ExposedPorts: keys(ports) }),
    Tty: spec.tty,
    OpenStdin: spec.openStdin,
    StdinOnce: spec.stdinOnce,
    Env: [...spec.env],
    Cmd: list(spec.cmd),
    ...(spec.healthcheck && { Healthcheck: healthView(spec.healthcheck) }),
    Image: spec.image,
    Volumes: spec.volumes.length > 0 ? keys(spec.volumes) : null,
    WorkingDir: spec.workingDir,
    Entrypoint: list(spec.entrypoint),
    ...macView(spec),
    OnBuild: null,
    Labels: { ...spec.labels },
    ...(spec.stopSignal !== '' && { StopSignal: spec.stopSignal }),
    ...(spec.stopTimeout !== undefined && { StopTimeout: spec.stopTimeout }),
    ...(spec.shell && { Shell: [...spec.shell] }),
  };
}

function healthView(health: NonNullable<ContainerSpec['healthcheck']>): HealthConfig {
  const { Test, ...rest } = health;
  return { ...(Test && { Test: [...Test] }), ...rest };
}
