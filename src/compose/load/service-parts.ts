import {
  any,
  bool,
  bytes,
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
  text,
  textOrList,
  texts,
} from './shape.ts';

/*
 * The values of a service that have keys of their own.
 */

export const ulimit = oneOf(number, object({ soft: number, hard: number }, ['soft', 'hard']));

export const limits = object({ cpus: oneOf(text, number), memory: bytes, pids: number });

export const reservations = object({
  cpus: oneOf(text, number),
  memory: bytes,
  devices: list(any),
  generic_resources: list(any),
});

export const updateConfig = object({
  parallelism: number,
  delay: duration,
  failure_action: text,
  monitor: duration,
  max_failure_ratio: number,
  order: text,
});

export const build = oneOf(
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

export const fileReference = oneOf(
  text,
  object({ source: text, target: text, uid: text, gid: text, mode: oneOf(number, text) }),
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
