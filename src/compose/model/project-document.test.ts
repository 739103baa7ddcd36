import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { goYaml } from '../../lib/go-yaml.ts';
import { loadProject } from '../load/load-project.ts';
import { projectDocument } from './project-document.ts';
import type { Project } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-document-'));
after(() => rmSync(folder, { recursive: true }));

function load(name: string, text: string): Project {
  const path = join(folder, name);
  writeFileSync(path, text);
  return loadProject({ files: [path], cwd: folder, env: {}, projectName: 'p' });
}

/** What a project means, without the places where it stands. */
const meaning = ({ services, networks, volumes, configs, secrets }: Project): unknown =>
  JSON.parse(
    JSON.stringify({ services, networks, volumes, configs, secrets }, (key, value: unknown) =>
      key === 'place' || key === 'tree'
        ? undefined
        : value instanceof Map
          ? Object.fromEntries(value)
          : value,
    ),
  );

test('what config prints means what the files mean', () => {
  const project = load('full.yml', full);
  const again = load(
    'again.yml',
    goYaml(projectDocument(project, { style: 'yaml', allResources: true })).replaceAll('$', '$$$$'),
  );
  assert.deepEqual(meaning(again), meaning(project));
});

const full = `
services:
  web:
    image: web
    build: {context: ., target: t, args: {A: "1"}, labels: {l: "1"}, network: host, no_cache: true, pull: true, shm_size: 1m,
      extra_hosts: ["a=1.2.3.4"], cache_from: [x], tags: [y], platforms: [linux/amd64], dockerfile: D}
    container_name: the-web
    command: [a, b]
    entrypoint: [e]
    environment: {A: "1"}
    ports: ["127.0.0.1:8080:80/udp"]
    expose: ["90"]
    volumes: ["data:/data:ro", {type: tmpfs, target: /t, tmpfs: {size: 1m, mode: 0700}},
      {type: bind, source: /b, target: /b, bind: {propagation: rslave, create_host_path: true}},
      {type: volume, source: data, target: /n, volume: {nocopy: true, subpath: s}}]
    volumes_from: [other]
    tmpfs: [/run]
    networks: {front: {aliases: [w], ipv4_address: 10.0.0.9, priority: 5, gw_priority: 2, mac_address: "02:00:00:00:00:01"}}
    links: ["other:o"]
    external_links: ["far:f"]
    depends_on: {other: {condition: service_healthy, restart: true, required: false}}
    healthcheck: {test: [CMD, "true"], interval: 90s, timeout: 1500ms, start_period: 1h, start_interval: 2s, retries: 3}
    labels: {a: b}
    annotations: {c: d}
    configs: [{source: conf, target: /c, uid: "1", gid: "2", mode: 0440}]
    secrets: [{source: sec, mode: 0400}]
    restart: on-failure:3
    pull_policy: always
    platform: linux/amd64
    working_dir: /w
    user: u
    hostname: h
    domainname: d
    mac_address: "02:00:00:00:00:02"
    tty: true
    stdin_open: true
    init: true
    privileged: true
    read_only: true
    attach: false
    stop_signal: SIGINT
    stop_grace_period: 1m30s
    dns: [1.1.1.1]
    dns_search: [x.y]
    dns_opt: [rotate]
    extra_hosts: ["h=1.2.3.4"]
    cap_add: [ALL]
    cap_drop: [NET_RAW]
    group_add: ["5"]
    security_opt: [no-new-privileges]
    devices: ["/dev/null:/dev/x:r"]
    device_cgroup_rules: ["c 1:3 mr"]
    sysctls: {net.core.somaxconn: "5"}
    ulimits: {nofile: {soft: 1, hard: 2}, nproc: 5}
    logging: {driver: local, options: {max-size: 1m}}
    ipc: host
    pid: host
    uts: host
    userns_mode: host
    cgroup: private
    cgroup_parent: /p
    runtime: runc
    shm_size: 2m
    oom_score_adj: 5
    oom_kill_disable: true
    mem_limit: 64m
    mem_reservation: 32m
    memswap_limit: 128m
    mem_swappiness: 5
    cpus: 1.5
    cpu_shares: 5
    cpu_quota: 1000
    cpu_period: 2000
    cpuset: "0"
    pids_limit: 9
    storage_opt: {size: 1g}
  other:
    image: busybox
    network_mode: none
    scale: 3
    healthcheck: {disable: true}
networks:
  front: {driver: bridge, driver_opts: {a: b}, ipam: {config: [{subnet: 10.0.0.0/24, gateway: 10.0.0.1, ip_range: 10.0.0.0/25}]},
    internal: true, attachable: true, enable_ipv6: true, labels: {a: b}}
volumes:
  data: {driver: local, driver_opts: {type: tmpfs}, labels: {a: b}}
  far: {external: true, name: other}
configs:
  conf: {content: text}
secrets:
  sec: {environment: HOME}
`;
