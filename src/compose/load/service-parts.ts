import {
  bool,
  bytes,
  choice,
  command,
  count,
  dict,
  duration,
  integer,
  labels,
  list,
  listOrDict,
  named,
  nothing,
  number,
  object,
  oneOf,
  scalar,
  type Shape,
  size,
  text,
  textOrList,
  texts,
} from './shape.ts';

/*
 * The values of a service that have keys of their own.
 */

export const ulimit = oneOf(integer, object({ soft: integer, hard: integer }, ['soft', 'hard']));

function deviceRequest(required: readonly string[]): Shape {
  return object(
    {
      capabilities: texts,
      count: oneOf(choice('all'), integer),
      device_ids: texts,
      driver: text,
      options: listOrDict,
    },
    required,
  );
}

export const gpus = oneOf(choice('all'), list(deviceRequest([])));

export const limits = object({ cpus: number, memory: bytes, pids: integer });

export const reservations = object({
  cpus: number,
  memory: bytes,
  devices: list(deviceRequest(['capabilities'])),
  generic_resources: list(object({ discrete_resource_spec: object({ kind: text, value: number }) })),
});

export const updateConfig = object({
  parallelism: number,
  delay: duration,
  failure_action: text,
  monitor: duration,
  max_failure_ratio: number,
  order: choice('start-first', 'stop-first'),
});

export const fileReference = oneOf(
  text,
  object({ source: text, target: text, uid: text, gid: text, mode: oneOf(number, text) }),
);

export const build = oneOf(
  text,
  object({
    context: text,
    dockerfile: text,
    dockerfile_inline: text,
    args: listOrDict,
    target: text,
    cache_from: textOrList,
    cache_to: textOrList,
    labels,
    network: text,
    no_cache: bool,
    pull: bool,
    shm_size: bytes,
    extra_hosts: oneOf(texts, dict(textOrList)),
    isolation: text,
    platforms: texts,
    privileged: bool,
    secrets: list(fileReference),
    ssh: oneOf(texts, dict(scalar), text),
    tags: textOrList,
    ulimits: dict(ulimit),
    additional_contexts: listOrDict,
    entitlements: texts,
    provenance: scalar,
    sbom: scalar,
  }),
);

const blockLimit = list(object({ path: text, rate: bytes }));

export const blockIo = object({
  weight: integer,
  weight_device: list(object({ path: text, weight: integer })),
  device_read_bps: blockLimit,
  device_read_iops: blockLimit,
  device_write_bps: blockLimit,
  device_write_iops: blockLimit,
});

const hookKeys = { command, user: text, privileged: bool, working_dir: text, environment: listOrDict };

export const hook = object(hookKeys, ['command']);

/** Before the start a hook has a container of its own. */
export const startHook = object({ ...hookKeys, image: text, per_replica: bool }, ['command']);

export const develop = oneOf(
  nothing,
  object({
    watch: list(
      object(
        {
          path: text,
          action: choice('rebuild', 'sync', 'restart', 'sync+restart', 'sync+exec'),
          target: text,
          exec: hook,
          include: textOrList,
          ignore: textOrList,
          initial_sync: bool,
        },
        ['path', 'action'],
      ),
    ),
  }),
);

export const placement = object({
  constraints: texts,
  preferences: list(object({ spread: text })),
  max_replicas_per_node: count,
});

export const provider = object({ type: text, options: dict(oneOf(scalar, list(scalar))) }, ['type']);

export const serviceModels = oneOf(
  texts,
  dict(oneOf(nothing, object({ endpoint_var: text, model_var: text }))),
);

export const credentialSpec = object({ config: text, file: text, registry: text });

export const healthcheck = object({
  test: oneOf(text, texts),
  interval: duration,
  timeout: duration,
  retries: count,
  start_period: duration,
  start_interval: duration,
  disable: bool,
});

export const port = oneOf(
  text,
  number,
  object(
    {
      name: text,
      mode: text,
      host_ip: text,
      target: count,
      published: oneOf(text, number),
      protocol: text,
      app_protocol: text,
    },
    ['target'],
  ),
);

export const volumeMount = oneOf(
  text,
  object(
    {
      type: choice('bind', 'volume', 'tmpfs', 'cluster', 'npipe', 'image'),
      source: text,
      target: text,
      read_only: bool,
      consistency: text,
      bind: object({
        propagation: text,
        create_host_path: bool,
        selinux: choice('z', 'Z'),
        recursive: choice('enabled', 'disabled', 'writable', 'readonly'),
      }),
      volume: object({ nocopy: bool, subpath: text, labels }),
      tmpfs: object({ size, mode: number }),
      image: object({ subpath: text }),
    },
    ['type'],
  ),
);

/** What a service can wait for; `service_listening` is our own. */
const conditions = [
  'service_started',
  'service_healthy',
  'service_completed_successfully',
  'service_listening',
];

export const dependsOn = oneOf(
  texts,
  named(object({ condition: choice(...conditions), restart: bool, required: bool }, ['condition'])),
);

export const serviceNetwork = oneOf(
  nothing,
  object({
    aliases: texts,
    ipv4_address: text,
    ipv6_address: text,
    link_local_ips: texts,
    mac_address: text,
    priority: integer,
    gw_priority: integer,
    driver_opts: dict(scalar),
    interface_name: text,
  }),
);
