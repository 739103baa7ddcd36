import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestProject } from './compose-project.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

const text = (mode: string): string => `
services:
  web:
    image: busybox
    command: [sleep, "1000"]
    stop_grace_period: 0s
    environment: {MODE: ${mode}, LIST: "a b"}
    ports: ["18280-18289:80", "127.0.0.1::443"]
    volumes: ["data:/data", "./:/src:ro", /anon, {type: tmpfs, target: /t, tmpfs: {size: 1m}}]
    depends_on: {db: {condition: service_healthy, restart: true}}
    networks: {front: {aliases: [www], priority: 10}, back: {ipv4_address: 10.250.56.10}}
    labels: [x=y]
    configs: [{source: c, target: /etc/c}, text]
    secrets: [s]
    links: ["db:database"]
    ulimits: {nofile: 1024, nproc: {soft: 100, hard: 200}}
    deploy: {restart_policy: {condition: on-failure, max_attempts: 3}, resources: {limits: {memory: 64m}}}
    logging: {driver: json-file, options: {max-size: 1m}}
    extra_hosts: ["h:1.2.3.4"]
    sysctls: {net.core.somaxconn: 1024}
    cap_add: [NET_ADMIN]
    hostname: webhost
    init: true
    tmpfs: ["/run/x:size=1m"]
  db:
    image: busybox
    command: sh -c 'touch /ready; exec sleep 1000'
    stop_grace_period: 0s
    healthcheck: {test: "test -f /ready", interval: 200ms}
    networks: [back]
  side:
    image: busybox
    command: [sleep, "1000"]
    network_mode: service:db
    pid: service:db
    volumes_from: ["db:ro"]
    stop_grace_period: 0s
volumes: {data: {labels: {l: v}}}
networks: {front: {}, back: {ipam: {config: [{subnet: 10.250.56.0/24}]}}}
configs: {c: {file: ./file.txt}, text: {content: inline}}
secrets: {s: {file: ./file.txt}}
`;

interface Inspected {
  readonly Config: { readonly Labels: Record<string, string> };
  readonly HostConfig: Record<string, unknown>;
}

describe(
  'lade compose and docker compose take over from each other',
  needs('root', 'docker', 'busybox'),
  () => {
    let engine: TestEngine;
    let project: TestProject;
    let hasPlugin = false;
    before(async () => {
      engine = await startTestEngine();
      await engine.load('busybox');
      hasPlugin = (await engine.docker('compose', 'version')).status === 0;
      project = new TestProject(engine, 'shared', text('a'));
      project.write('from a file\n', 'file.txt');
    });
    after(async () => {
      await project?.[Symbol.asyncDispose]();
      await engine?.[Symbol.asyncDispose]();
    });

    const docker = async (...args: string[]): Promise<string> => {
      const ran = await engine.docker(
        'compose',
        '-p',
        'shared',
        '-f',
        join(project.folder, 'compose.yaml'),
        ...args,
      );
      assert.equal(ran.status, 0, ran.stderr);
      return ran.stderr;
    };
    const inspect = async (): Promise<Map<string, Inspected>> => {
      const found = new Map<string, Inspected>();
      for (const [name, id] of Object.entries(await project.ids()))
        found.set(
          name,
          JSON.parse((await engine.request('GET', `/containers/${id}/json`)).body) as Inspected,
        );
      return found;
    };
    /** Versions may differ, files are our own; the hash of what refers to a container has its id in it. */
    const labels = (containers: Map<string, Inspected>) =>
      [...containers].map(([name, { Config }]) => {
        const incomparable = [
          'lading.compose.files',
          'com.docker.compose.version',
          ...(name === 'shared-side-1' ? ['com.docker.compose.config-hash'] : []),
        ];
        return [
          name,
          Object.entries(Config.Labels)
            .filter(([key]) => !incomparable.includes(key))
            .map(([key, value]) => `${key}=${value}`)
            .toSorted((a, b) => (a < b ? -1 : 1)),
        ];
      });

    test('what docker compose made is ours, and what we changed is its own', async (context) => {
      if (!hasPlugin) return context.skip('docker compose is not installed');
      await docker('up', '-d');
      const made = await project.ids();
      const { stderr } = await project.ok('up', '-d');
      assert.deepEqual(await project.ids(), made, stderr);
      project.write(text('b'));
      await project.ok('up', '-d', '--scale', 'web=1');
      const changed = await project.ids();
      assert.notEqual(changed['shared-web-1'], made['shared-web-1']);
      assert.equal(changed['shared-db-1'], made['shared-db-1']);
      assert.doesNotMatch(await docker('up', '-d'), /Recreate/);
      assert.deepEqual(await project.ids(), changed);
      await project.ok('down', '-v');
      assert.deepEqual(await project.ids(), {});
      assert.doesNotMatch((await engine.docker('network', 'ls')).stdout, /shared_/);
      assert.doesNotMatch((await engine.docker('volume', 'ls')).stdout, /shared_/);
    });

    test('while docker compose works on the project, we come to the end', async (context) => {
      if (!hasPlugin) return context.skip('docker compose is not installed');
      for (const mode of ['a', 'b']) {
        project.write(text(mode));
        const theirs = docker('up', '-d').catch(() => {}); // who was second may fail
        await project.ok('up', '-d');
        await theirs;
        await project.ok('up', '-d'); // the other may have left something half done
        const names = Object.keys(await project.ids());
        assert.deepEqual(names, ['shared-db-1', 'shared-side-1', 'shared-web-1']);
      }
      await project.ok('down', '-v');
    });

    test('what we made is that of docker compose, with the same labels and settings', async (context) => {
      if (!hasPlugin) return context.skip('docker compose is not installed');
      await project.ok('up', '-d');
      const made = await project.ids();
      const ours = await inspect();
      assert.doesNotMatch(await docker('up', '-d'), /Recreate/);
      assert.deepEqual(await project.ids(), made);
      await docker('stop');
      await project.ok('start');
      await docker('down', '-v');
      assert.deepEqual(await project.ids(), {});
      await docker('up', '-d');
      const theirs = await inspect();
      assert.deepEqual(labels(ours), labels(theirs));
      for (const [name, { HostConfig }] of theirs) {
        const mine = ours.get(name)?.HostConfig ?? {};
        for (const key of [
          'RestartPolicy',
          'Memory',
          'Binds',
          'PortBindings',
          'Sysctls',
          'Init',
          'Tmpfs',
          'LogConfig',
        ])
          assert.deepEqual(mine[key], HostConfig[key], `${name} ${key}`);
      }
      await docker('down', '-v');
    });
  },
);
