import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { CreateContainerBody } from '../../wire/container.ts';
import { loadProject } from '../load/load-project.ts';
import { serviceHash } from './config-hash.ts';
import { createBody } from './create-body.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-plan-'));
after(() => rmSync(folder, { recursive: true }));

function project(text: string) {
  const file = join(folder, 'compose.yml');
  writeFileSync(file, text);
  return loadProject({ files: [file], cwd: folder, env: {}, projectName: 'p' });
}

function body(service: string, rest = ''): CreateContainerBody {
  const loaded = project(
    `services:\n  other: {image: x}\n  web:\n    image: busybox\n${service.replace(/^/gm, '    ')}\n${rest}`,
  );
  const web = loaded.services.get('web') ?? assert.fail();
  return createBody(loaded, web, {
    number: 1,
    imageId: 'sha256:1',
    containersOf: (name) => [{ id: `${name}-id`, name: `p-${name}-1` }],
  });
}

test('labels name project, service, number and configuration', () => {
  const { Labels } = body('labels: {a: b}');
  assert.equal(Labels?.['a'], 'b');
  assert.equal(Labels?.['com.docker.compose.project'], 'p');
  assert.equal(Labels?.['com.docker.compose.container-number'], '1');
  assert.equal(Labels?.['com.docker.compose.oneoff'], 'False');
  assert.match(Labels?.['com.docker.compose.config-hash'] ?? '', /^[0-9a-f]{64}$/);
});

test('the project network is joined under the names of the container and the service', () => {
  const { HostConfig, NetworkingConfig } = body('command: x');
  assert.equal(HostConfig?.NetworkMode, 'p_default');
  assert.deepEqual(NetworkingConfig?.EndpointsConfig?.['p_default']?.Aliases, ['p-web-1', 'web']);
});

test('the network with the highest priority is the first', () => {
  assert.equal(
    body('networks: {a: {priority: 1}, b: {priority: 5}}', 'networks: {a: {}, b: {}}').HostConfig
      ?.NetworkMode,
    'p_b',
  );
});

test('volumes go the way of -v, as far as that can say it', () => {
  const { HostConfig } = body(
    'volumes: [data:/d, "./src:/s:ro", {type: volume, source: data, target: /n, volume: {nocopy: true}}]',
    'volumes: {data: {}}',
  );
  assert.deepEqual(HostConfig?.Binds, ['p_data:/d:rw', `${join(folder, 'src')}:/s:ro`]);
  assert.deepEqual(
    HostConfig?.Mounts?.map(({ Source, Target }) => [Source, Target]),
    [['p_data', '/n']],
  );
});

test('namespaces of another service become those of its container', () => {
  const { HostConfig } = body('network_mode: service:other\npid: service:other');
  assert.deepEqual(
    [HostConfig?.NetworkMode, HostConfig?.PidMode],
    ['container:other-id', 'container:other-id'],
  );
});

test('times, sizes and policies are in the units of the API', () => {
  const made = body(
    'stop_grace_period: 1m30s\nmem_limit: 64m\ncpus: 0.5\nrestart: on-failure:3\nhealthcheck: {test: [CMD, x], interval: 1s}',
  );
  assert.equal(made.StopTimeout, 90);
  assert.deepEqual(made.Healthcheck, { Test: ['CMD', 'x'], Interval: 1e9 });
  const { Memory, NanoCpus, RestartPolicy } = made.HostConfig ?? {};
  assert.deepEqual(
    [Memory, NanoCpus, RestartPolicy],
    [64 << 20, 5e8, { Name: 'on-failure', MaximumRetryCount: 3 }],
  );
});

test('an entrypoint that is cleared differs from one that is not said', () => {
  assert.deepEqual(body('entrypoint: []').Entrypoint, []);
  assert.equal(body('tty: true').Entrypoint, undefined);
});

test('the hash follows what makes a container, not how many or what it waits for', () => {
  const hash = (service: string): string => {
    const loaded = project(`services:\n  db: {image: x}\n  web: {image: busybox, ${service}}\n`);
    return serviceHash(loaded, loaded.services.get('web') ?? assert.fail());
  };
  const plain = hash('command: a');
  assert.equal(hash('command: a, scale: 3, depends_on: [db]'), plain);
  assert.notEqual(hash('command: b'), plain);
  assert.notEqual(hash('command: a, environment: {A: 1}'), plain);
});

test('the restart policy of deploy counts over restart', () => {
  const of = (text: string) => body(text).HostConfig?.RestartPolicy;
  assert.deepEqual(
    of('restart: always\ndeploy: {restart_policy: {condition: on-failure, max_attempts: 2}}'),
    {
      Name: 'on-failure',
      MaximumRetryCount: 2,
    },
  );
  assert.deepEqual(of('restart: always\ndeploy: {restart_policy: {condition: none}}'), { Name: 'no' });
  assert.deepEqual(of('deploy: {restart_policy: {max_attempts: 2}}'), { Name: 'always' });
});

test('devices, GPUs and limits of disks are asked of the engine', () => {
  const { HostConfig } = body(
    'gpus: [{count: 1, driver: x}]\ndevices: ["/dev/null:/dev/n:r", vendor.com/class=one]\nblkio_config: {weight: 300, device_read_bps: [{path: /dev/sda, rate: 1m}]}\ndeploy: {resources: {reservations: {devices: [{capabilities: [tpu], device_ids: ["1"]}]}}}',
  );
  assert.deepEqual(HostConfig?.Devices, [
    { PathOnHost: '/dev/null', PathInContainer: '/dev/n', CgroupPermissions: 'r' },
  ]);
  assert.deepEqual(
    HostConfig?.DeviceRequests?.map(({ Driver, Count, DeviceIDs, Capabilities }) => [
      Driver,
      Count,
      DeviceIDs,
      Capabilities,
    ]),
    [
      ['', 0, ['1'], [['tpu']]],
      ['cdi', undefined, ['vendor.com/class=one'], undefined],
      ['x', 1, null, [['gpu']]],
    ],
  );
  assert.deepEqual(
    [HostConfig?.BlkioWeight, HostConfig?.BlkioDeviceReadBps],
    [300, [{ Path: '/dev/sda', Rate: 1048576 }]],
  );
});

test('a link stands for each container under the names of Compose', () => {
  const { HostConfig } = body('links: ["other:o"]\nexternal_links: [else]');
  assert.deepEqual(HostConfig?.Links, [
    'p-other-1:o',
    'p-other-1:other-1',
    'p-other-1:p-other-1',
    'else:else',
  ]);
});
