import type { Value } from '../../lib/go-document.ts';
import { at, mapTree, scalarTree, type Tree } from '../load/tree.ts';
import {
  blkio,
  build,
  credentialSpec,
  deploy,
  develop,
  deviceRequests,
  fileReferences,
  healthcheck,
  hooks,
  logging,
  provider,
  ulimits,
} from './document-parts.ts';
import {
  alwaysBool,
  bool,
  bytes,
  command,
  dict,
  dictWithNulls,
  type Field,
  float,
  hosts,
  integer,
  keptBool,
  keptDuration,
  keptInteger,
  type Kind,
  listOf,
  mapOf,
  scalarText,
  struct,
  text,
  texts,
} from './document-values.ts';

const dependsOn = mapOf(
  struct([
    ['condition', text],
    ['restart', bool],
    ['required', alwaysBool],
  ]),
);

/** The path of a file that must be there; else a mapping. */
const envFile: Kind = (tree, style) => {
  const path = scalarText(at(tree, 'path')) ?? '';
  if (scalarText(at(tree, 'required')) !== 'false') return path;
  const format = style === 'json' ? text(at(tree, 'format'), style) : undefined;
  return new Map<string, Value>([
    ...(path === '' && style === 'json' ? [] : [['path', path] as const]),
    ['required', false],
    ...(format === undefined ? [] : [['format', format] as const]),
  ]);
};

const device = struct([
  ['source', text],
  ['target', text],
  ['permissions', text],
]);

/** A device in its short form as its three parts. */
const anyDevice: Kind = (tree, style) => {
  const line = scalarText(tree);
  if (!tree || line === undefined) return device(tree, style);
  const [source = '', target = source, permissions = 'rwm'] = line.split(':');
  const entry = (value: string): { keyPlace: Tree['place']; value: Tree } => ({
    keyPlace: tree.place,
    value: scalarTree(value, tree.place),
  });
  return device(
    mapTree(tree.place, [
      ['source', entry(source)],
      ['target', entry(target === '' ? source : target)],
      ['permissions', entry(permissions)],
    ]),
    style,
  );
};

const serviceNetwork = struct([
  ['aliases', texts],
  ['driver_opts', dict],
  ['gw_priority', integer],
  ['interface_name', text],
  ['ipv4_address', text],
  ['ipv6_address', text],
  ['link_local_ips', texts],
  ['mac_address', text],
  ['priority', integer],
]);

const port = struct([
  ['name', text],
  ['mode', text],
  ['host_ip', text],
  ['target', integer],
  ['published', text],
  ['protocol', text],
  ['app_protocol', text],
]);

const volume = struct([
  ['type', text],
  ['source', text],
  ['target', text],
  ['read_only', bool],
  ['consistency', text],
  [
    'bind',
    struct([
      ['selinux', text],
      ['propagation', text],
      ['create_host_path', bool],
      ['recursive', text],
    ]),
  ],
  [
    'volume',
    struct([
      ['labels', dict],
      ['nocopy', bool],
      ['subpath', text],
    ]),
  ],
  [
    'tmpfs',
    struct([
      ['size', bytes],
      ['mode', integer],
    ]),
  ],
  ['image', struct([['subpath', text]])],
]);

const model = struct([
  ['endpoint_var', text],
  ['model_var', text],
]);

/** The keys of a service in the order in which Compose writes them. */
export const serviceFields: readonly Field[] = [
  ['profiles', texts],
  ['annotations', dict],
  ['attach', keptBool],
  ['build', build],
  ['develop', develop],
  ['blkio_config', blkio],
  ['cap_add', texts],
  ['cap_drop', texts],
  ['cgroup_parent', text],
  ['cgroup', text],
  ['cpu_count', integer],
  ['cpu_percent', float],
  ['cpu_period', integer],
  ['cpu_quota', integer],
  ['cpu_rt_period', integer],
  ['cpu_rt_runtime', integer],
  ['cpus', float],
  ['cpuset', text],
  ['cpu_shares', integer],
  ['command', command],
  ['configs', fileReferences],
  ['container_name', text],
  ['credential_spec', credentialSpec],
  ['depends_on', dependsOn],
  ['deploy', deploy(true)],
  ['device_cgroup_rules', texts],
  ['devices', listOf(anyDevice)],
  ['dns', texts],
  ['dns_opt', texts],
  ['dns_search', texts],
  ['dockerfile', text],
  ['domainname', text],
  ['entrypoint', command],
  ['provider', provider],
  ['environment', dictWithNulls],
  ['env_file', listOf(envFile)],
  ['expose', texts],
  ['external_links', texts],
  ['extra_hosts', hosts],
  ['group_add', texts],
  ['gpus', deviceRequests],
  ['hostname', text],
  ['healthcheck', healthcheck],
  ['image', text],
  ['init', keptBool],
  ['ipc', text],
  ['isolation', text],
  ['labels', dict],
  ['label_file', texts],
  ['links', texts],
  ['logging', logging],
  ['log_driver', text],
  ['log_opt', dict],
  ['mem_limit', bytes],
  ['mem_reservation', bytes],
  ['memswap_limit', bytes],
  ['mem_swappiness', bytes],
  ['mac_address', text],
  ['models', mapOf(model)],
  ['net', text],
  ['network_mode', text],
  ['networks', mapOf(serviceNetwork)],
  ['oom_kill_disable', bool],
  ['oom_score_adj', integer],
  ['pid', text],
  ['pids_limit', integer],
  ['platform', text],
  ['ports', listOf(port)],
  ['privileged', bool],
  ['pull_policy', text],
  ['read_only', bool],
  ['restart', text],
  ['runtime', text],
  ['scale', keptInteger],
  ['secrets', fileReferences],
  ['security_opt', texts],
  ['shm_size', bytes],
  ['stdin_open', bool],
  ['stop_grace_period', keptDuration],
  ['stop_signal', text],
  ['storage_opt', dict],
  ['sysctls', dict],
  ['tmpfs', texts],
  ['tty', bool],
  ['ulimits', ulimits],
  ['use_api_socket', bool],
  ['user', text],
  ['userns_mode', text],
  ['uts', text],
  ['volume_driver', text],
  ['volumes', listOf(volume)],
  ['volumes_from', texts],
  ['working_dir', text],
  ['post_start', hooks],
  ['pre_stop', hooks],
];

export const serviceDocument: Kind = struct(serviceFields);
