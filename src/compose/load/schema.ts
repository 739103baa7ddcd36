/**
 * The shape of Compose files as data: which keys stand where and what they hold. From the Compose Specification (spec.md); one
 * table serves validation, "did you mean" and "belongs one level up".
 */
export type Shape =
  | { readonly is: 'text' | 'number' | 'bool' | 'any' | 'duration' | 'bytes' }
  | { readonly is: 'list'; readonly of: Shape }
  /** Keys are free, all values alike. */
  | { readonly is: 'dict'; readonly of: Shape }
  /** Closed set of keys; `x-…` is always free. */
  | {
      readonly is: 'object';
      readonly keys: Readonly<Record<string, Shape>>;
      readonly required?: readonly string[];
    }
  | { readonly is: 'one-of'; readonly shapes: readonly Shape[] }
  | { readonly is: 'nothing' };

export const text: Shape = { is: 'text' };
const number: Shape = { is: 'number' };
const bool: Shape = { is: 'bool' };
const any: Shape = { is: 'any' };
const duration: Shape = { is: 'duration' };
const bytes: Shape = { is: 'bytes' };
const nothing: Shape = { is: 'nothing' };
const list = (of: Shape): Shape => ({ is: 'list', of });
const dict = (of: Shape): Shape => ({ is: 'dict', of });
const object = (keys: Readonly<Record<string, Shape>>, required?: readonly string[]): Shape => ({
  is: 'object',
  keys,
  ...(required && { required }),
});
const oneOf = (...shapes: readonly Shape[]): Shape => ({ is: 'one-of', shapes });

const texts = list(text);
const textOrList = oneOf(text, texts);
const command = oneOf(nothing, text, texts);
const scalar = oneOf(text, number, bool, nothing);
const listOrDict = oneOf(texts, dict(scalar), nothing);
const labels = oneOf(texts, dict(scalar), nothing);
const ulimit = oneOf(number, object({ soft: number, hard: number }, ['soft', 'hard']));
const limits = object({ cpus: oneOf(text, number), memory: bytes, pids: number });
const reservations = object({
  cpus: oneOf(text, number),
  memory: bytes,
  devices: list(any),
  generic_resources: list(any),
});
const updateConfig = object({
  parallelism: number,
  delay: duration,
  failure_action: text,
  monitor: duration,
  max_failure_ratio: number,
  order: text,
});

const build = oneOf(
  text,
  object({
    context: text,
    dockerfile: text,
    dockerfile_inline: text,
    args: listOrDict,
    target: text,
    cache_from: texts,
    cache_to: texts,
    labels,
    network: text,
    no_cache: bool,
    pull: bool,
    shm_size: bytes,
    extra_hosts: oneOf(texts, dict(textOrList)),
    isolation: text,
    platforms: texts,
    privileged: bool,
    secrets: list(any),
    ssh: oneOf(texts, dict(scalar), text),
    tags: texts,
    ulimits: dict(ulimit),
    additional_contexts: listOrDict,
    entitlements: texts,
    provenance: scalar,
    sbom: scalar,
  }),
);

const healthcheck = object({
  test: oneOf(text, texts),
  interval: duration,
  timeout: duration,
  retries: number,
  start_period: duration,
  start_interval: duration,
  disable: bool,
});

const port = oneOf(
  text,
  number,
  object(
    {
      name: text,
      mode: text,
      host_ip: text,
      target: number,
      published: oneOf(text, number),
      protocol: text,
      app_protocol: text,
    },
    ['target'],
  ),
);

const volumeMount = oneOf(
  text,
  object(
    {
      type: text,
      source: text,
      target: text,
      read_only: bool,
      consistency: text,
      bind: object({ propagation: text, create_host_path: bool, selinux: text, recursive: text }),
      volume: object({ nocopy: bool, subpath: text, labels }),
      tmpfs: object({ size: bytes, mode: number }),
      image: object({ subpath: text }),
    },
    ['type'],
  ),
);

const fileReference = oneOf(
  text,
  object({ source: text, target: text, uid: text, gid: text, mode: oneOf(number, text) }),
);
const dependsOn = oneOf(
  texts,
  dict(object({ condition: text, restart: bool, required: bool }, ['condition'])),
);
const serviceNetwork = oneOf(
  nothing,
  object({
    aliases: texts,
    ipv4_address: text,
    ipv6_address: text,
    link_local_ips: texts,
    mac_address: text,
    priority: number,
    gw_priority: number,
    driver_opts: dict(scalar),
    interface_name: text,
  }),
);

export const serviceShape: Shape = object({
  annotations: listOrDict,
  attach: bool,
  blkio_config: any,
  build,
  cap_add: texts,
  cap_drop: texts,
  cgroup: text,
  cgroup_parent: text,
  command,
  configs: list(fileReference),
  container_name: text,
  cpu_count: number,
  cpu_percent: number,
  cpu_period: oneOf(number, text),
  cpu_quota: oneOf(number, text),
  cpu_rt_period: oneOf(number, text),
  cpu_rt_runtime: oneOf(number, text),
  cpu_shares: oneOf(number, text),
  cpus: oneOf(number, text),
  cpuset: text,
  credential_spec: any,
  depends_on: dependsOn,
  deploy: object({
    mode: text,
    endpoint_mode: text,
    replicas: oneOf(number, text),
    labels,
    rollback_config: updateConfig,
    update_config: updateConfig,
    resources: object({ limits, reservations }),
    restart_policy: object({ condition: text, delay: duration, max_attempts: number, window: duration }),
    placement: any,
  }),
  develop: any,
  device_cgroup_rules: texts,
  devices: list(oneOf(text, object({ source: text, target: text, permissions: text }, ['source']))),
  dns: textOrList,
  dns_opt: texts,
  dns_search: textOrList,
  domainname: text,
  entrypoint: command,
  env_file: oneOf(text, list(oneOf(text, object({ path: text, required: bool, format: text }, ['path'])))),
  environment: listOrDict,
  expose: list(oneOf(text, number)),
  extends: oneOf(text, object({ service: text, file: text }, ['service'])),
  external_links: texts,
  extra_hosts: oneOf(texts, dict(textOrList)),
  gpus: any,
  group_add: list(oneOf(text, number)),
  healthcheck,
  hostname: text,
  image: text,
  init: bool,
  ipc: text,
  isolation: text,
  label_file: textOrList,
  labels,
  links: texts,
  logging: object({ driver: text, options: dict(scalar) }),
  mac_address: text,
  mem_limit: bytes,
  mem_reservation: bytes,
  mem_swappiness: oneOf(number, text),
  memswap_limit: bytes,
  models: any,
  network_mode: text,
  networks: oneOf(texts, dict(serviceNetwork), nothing),
  oom_kill_disable: bool,
  oom_score_adj: oneOf(number, text),
  pid: oneOf(text, nothing),
  pids_limit: oneOf(number, text),
  platform: text,
  ports: list(port),
  post_start: any,
  pre_start: any,
  pre_stop: any,
  privileged: bool,
  profiles: texts,
  provider: any,
  pull_policy: text,
  pull_refresh_after: text,
  read_only: bool,
  restart: text,
  runtime: text,
  scale: oneOf(number, text),
  secrets: list(fileReference),
  security_opt: texts,
  shm_size: bytes,
  stdin_open: bool,
  stop_grace_period: duration,
  stop_signal: text,
  storage_opt: dict(scalar),
  sysctls: listOrDict,
  tmpfs: textOrList,
  tty: bool,
  ulimits: dict(ulimit),
  use_api_socket: bool,
  user: oneOf(text, number),
  userns_mode: text,
  uts: text,
  volumes: list(volumeMount),
  volumes_from: texts,
  working_dir: text,
});

const external = oneOf(bool, object({ name: text }));
const ipamConfig = object({ subnet: text, ip_range: text, gateway: text, aux_addresses: dict(text) });

const networkShape = oneOf(
  nothing,
  object({
    name: text,
    driver: text,
    driver_opts: dict(scalar),
    ipam: object({ driver: text, config: list(ipamConfig), options: dict(scalar) }),
    external,
    internal: bool,
    enable_ipv4: bool,
    enable_ipv6: bool,
    attachable: bool,
    labels,
  }),
);

const volumeShape = oneOf(
  nothing,
  object({ name: text, driver: text, driver_opts: dict(scalar), external, labels }),
);
const fileShape = object({
  name: text,
  file: text,
  environment: text,
  content: text,
  external,
  labels,
  driver: text,
  driver_opts: dict(scalar),
  template_driver: text,
});

export const fileShapeRoot: Shape = object({
  version: oneOf(text, number),
  name: text,
  include: list(oneOf(text, object({ path: textOrList, env_file: textOrList, project_directory: text }))),
  services: oneOf(dict(serviceShape), nothing),
  networks: oneOf(dict(networkShape), nothing),
  volumes: oneOf(dict(volumeShape), nothing),
  configs: dict(fileShape),
  secrets: dict(fileShape),
  models: dict(any),
});
