import { hostname as hostName } from 'node:os';
import type { Image } from '../../image/types.ts';
import { invalid } from '../../lib/errors.ts';
import { shortId } from '../../lib/id.ts';
import type { DnsSpec, EndpointSpec } from '../../network/types.ts';
import type { ContainerDefaults, Context } from '../context.ts';
import { parseNetworkMode } from '../network-mode.ts';
import type { ContainerSpec, CreateRequest, LogConfig } from '../types.ts';
import { mergeConfig } from './merge-config.ts';

type Requested = CreateRequest['spec'];

/** The whole spec of a new container: what the client said, what the image says, and Docker's defaults for the rest. */
export function completeSpec(context: Context, id: string, asked: Requested, image: Image): ContainerSpec {
  const merged = mergeConfig(asked, image.config.config ?? {});
  if (merged.entrypoint.length + merged.cmd.length === 0) throw invalid('no command specified');
  const networkMode = joinableMode(context, asked.networkMode || 'default');
  return {
    ...defaults,
    ...namespaceDefaults(context, asked),
    ...asked,
    ...merged,
    imageId: image.id,
    networkMode,
    hostname: asked.hostname || defaultHostname(context, id, networkMode),
    endpoints: completeEndpoints(context, networkMode, asked.endpoints ?? []),
    dns: completeDns(context, asked.dns ?? {}),
    log: completeLog(context, asked.log),
    shmSize: asked.shmSize || context.settings.defaultShmSize,
    pidMode: joinableNamespace(context, asked.pidMode ?? ''),
    ipcMode: joinableNamespace(context, asked.ipcMode ?? context.settings.defaults.ipcMode ?? ''),
    ulimits: completeUlimits(context.settings.defaults, asked.ulimits ?? []),
    securityOpt: completeSecurity(context.settings.defaults, asked),
  };
}

const defaults = {
  domainname: '',
  tty: false,
  openStdin: false,
  stdinOnce: false,
  attach: { stdin: false, stdout: false, stderr: false },
  mounts: [],
  volumesFrom: [],
  ports: [],
  publishAllPorts: false,
  dns: {},
  extraHosts: [],
  links: [],
  restartPolicy: { name: 'no' },
  autoRemove: false,
  privileged: false,
  capAdd: [],
  capDrop: [],
  securityOpt: [],
  groupAdd: [],
  utsMode: '',
  usernsMode: '',
  cgroupnsMode: '',
  readonlyRootfs: false,
  init: false,
  sysctls: {},
  ulimits: [],
  resources: {},
  devices: [],
  oomScoreAdj: 0,
  log: { driver: '', options: {} },
  annotations: {},
  hostConfigEcho: {},
} as const satisfies Partial<ContainerSpec>;

/** Privileged containers have the host's cgroups of version 1, whatever the default. */
function namespaceDefaults(
  { settings, runtime }: Context,
  { privileged }: Requested,
): Partial<ContainerSpec> {
  const { init, cgroupnsMode } = settings.defaults;
  const wantsHost = privileged && runtime.cgroupVersion === 1;
  return {
    ...(init !== undefined && { init }),
    ...(cgroupnsMode !== undefined && { cgroupnsMode: wantsHost ? 'host' : cgroupnsMode }),
  };
}

function completeUlimits(
  { ulimits = [] }: ContainerDefaults,
  asked: ContainerSpec['ulimits'],
): ContainerSpec['ulimits'] {
  return [...asked, ...ulimits.filter(({ name }) => !asked.some((other) => other.name === name))];
}

/** What the container says of itself counts; no profile binds a privileged one. */
function completeSecurity(
  { noNewPrivileges, seccompProfile }: ContainerDefaults,
  asked: Requested,
): readonly string[] {
  const options = withoutLabels(asked);
  const says = (name: string): boolean => options.some((option) => option.split(/[=:]/)[0] === name);
  const added = [
    ...(noNewPrivileges && !says('no-new-privileges') ? ['no-new-privileges'] : []),
    ...(seccompProfile !== undefined && !asked.privileged && !says('seccomp')
      ? [`seccomp=${seccompProfile}`]
      : []),
  ];
  return added.length > 0 ? [...options, ...added] : options;
}

/** Who sees the host's processes or memory has no label, as Docker says it on every host. */
function withoutLabels({ securityOpt = [], privileged, pidMode, ipcMode }: Requested): readonly string[] {
  const isOpen = privileged || pidMode === 'host' || ipcMode === 'host';
  const isLabelled = securityOpt.some((option) => /^label[=:]/.test(option));
  return isOpen && !isLabelled ? [...securityOpt, 'label=disable'] : securityOpt;
}

/** `container:NAME` is kept with the id, so that a rename of the other changes nothing. */
function joinableMode(context: Context, mode: string): string {
  const parsed = parseNetworkMode(mode);
  return parsed.kind === 'container'
    ? `container:${otherId(context, parsed.container, 'joining network namespace of container: ')}`
    : mode;
}

function joinableNamespace(context: Context, mode: string): string {
  const name = /^container:(.*)$/.exec(mode)?.[1];
  return name === undefined ? mode : `container:${otherId(context, name, '')}`;
}

/** Not as `not-found`: clients take that for a missing image and pull. */
function otherId(context: Context, name: string, attempt: string): string {
  const other = context.store.find(name);
  if (!other) throw invalid(`${attempt}No such container: ${name}`);
  return other.id;
}

/** What the container does not say is as the engine's settings say; kept, so that a change of those concerns new containers only. */
function completeDns(context: Context, asked: DnsSpec): DnsSpec {
  const said = Object.entries(asked).filter(([, list]) => (list as readonly string[]).length > 0);
  return { ...context.settings.dns, ...Object.fromEntries(said) };
}

/** Options of the engine's own driver count for those who name none or the same. */
function completeLog({ settings }: Context, asked: LogConfig = { driver: '', options: {} }): LogConfig {
  const byDefault = settings.log;
  if (!byDefault || (asked.driver !== '' && asked.driver !== byDefault.driver)) return asked;
  return { driver: byDefault.driver, options: { ...byDefault.options, ...asked.options } };
}

function defaultHostname(context: Context, id: string, mode: string): string {
  const parsed = parseNetworkMode(mode);
  if (parsed.kind === 'host') return hostName();
  if (parsed.kind === 'container') return context.store.get(parsed.container).spec.hostname;
  return shortId(id);
}

/** The endpoint of the network mode comes first and is always there; the host's and another container's network have none. */
function completeEndpoints(
  context: Context,
  mode: string,
  asked: readonly EndpointSpec[],
): readonly EndpointSpec[] {
  const parsed = parseNetworkMode(mode);
  if (parsed.kind === 'none') return [{ network: 'none' }, ...asked];
  if (parsed.kind !== 'network') return asked;
  const idOf = (name: string): string =>
    context.networks.find(name === 'default' ? 'bridge' : name)?.id ?? name;
  const isPrimary = ({ network }: EndpointSpec): boolean => idOf(network) === idOf(parsed.network);
  const primary = Object.assign({}, ...asked.filter(isPrimary)) as Partial<EndpointSpec>; // by its name and by its id
  return [{ ...primary, network: parsed.network }, ...asked.filter((endpoint) => !isPrimary(endpoint))];
}
