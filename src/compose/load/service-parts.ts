import {
  bool,
  bytes,
  command,
  dict,
  duration,
  labels,
  list,
  listOrDict,
  nothing,
  number,
  object,
  oneOf,
  scalar,
  type Shape,
  text,
  textOrList,
  texts,
} from './shape.ts';

/*
 * The values of a service that have keys of their own.
 */

export const ulimit = oneOf(number, object({ soft: number, hard: number }, ['soft', 'hard']));

function deviceRequest(required: readonly string[]): Shape {
  return object(
    { capabilities: texts, count: oneOf(text, number), device_ids: texts, driver: text, options: listOrDict },
    required,
  );
}

export const gpus = oneOf(text, list(deviceRequest([])));

export const limits = object({ cpus: oneOf(text, number), memory: bytes, pids: number });

export const reservations = object({
  cpus: oneOf(text, number),
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
  order: text,
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
    ssh: oneOf(texts, dict(scalar), nothing, text),
    tags: textOrList,
    ulimits: dict(ulimit),
    additional_contexts: listOrDict,
    entitlements: texts,
    provenance: scalar,
    sbom: scalar,
  }),
);

const blockLimit = list(object({ path: text, rate: oneOf(bytes, number) }));

export const blockIo = object({
  weight: number,
  weight_device: list(object({ path: text, weight: number })),
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
          action: text,
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
  max_replicas_per_node: number,
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
  retries: number,
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
      target: number,
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

export const dependsOn = oneOf(
  texts,
  dict(object({ condition: text, restart: bool, required: bool }, ['condition'])),
);

export const serviceNetwork = oneOf(
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
