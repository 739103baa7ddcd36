import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerSpec } from '../types.ts';
import { committedConfig } from './committed-config.ts';

const spec = {
  user: 'app',
  env: ['A=1', 'PATH=/bin'],
  entrypoint: ['entry'],
  cmd: ['arg'],
  exposedPorts: [{ port: 80, protocol: 'tcp' }],
  volumes: ['/v'],
  labels: { a: 'b' },
  workingDir: '/srv',
  stopSignal: '',
} as unknown as ContainerSpec;

test('without changes the image runs what the container ran', () => {
  assert.deepEqual(committedConfig(spec, undefined, []), {
    User: 'app',
    ExposedPorts: { '80/tcp': {} },
    Env: ['A=1', 'PATH=/bin'],
    Entrypoint: ['entry'],
    Cmd: ['arg'],
    Volumes: { '/v': {} },
    WorkingDir: '/srv',
    Labels: { a: 'b' },
  });
});

test('changes are Dockerfile instructions', () => {
  const config = committedConfig(spec, undefined, [
    'CMD ["run", "it"]',
    'ENV A=2 B="x y" C=\\$z',
    'ENV OLD form of it',
    'LABEL "k"="v w"',
    'EXPOSE 53/udp 8080',
    'USER root',
    'VOLUME ["/w"]',
    'WORKDIR sub',
    'STOPSIGNAL SIGINT',
    'HEALTHCHECK --interval=5s --retries=2 CMD curl -f x',
    'ONBUILD RUN true',
  ]);
  assert.deepEqual(config.Cmd, ['run', 'it']);
  assert.deepEqual(config.Entrypoint, ['entry']);
  assert.deepEqual(config.Env, ['A=2', 'PATH=/bin', 'B=x y', 'C=$z', 'OLD=form of it']);
  assert.deepEqual(config.Labels, { a: 'b', k: 'v w' });
  assert.deepEqual(Object.keys(config.ExposedPorts ?? {}).sort(), ['53/udp', '80/tcp', '8080/tcp']);
  assert.deepEqual([config.User, config.WorkingDir, config.StopSignal], ['root', '/srv/sub', 'SIGINT']);
  assert.deepEqual(config.Healthcheck?.Test, ['CMD-SHELL', 'curl -f x']);
  assert.deepEqual([config.Healthcheck?.Interval, config.Healthcheck?.Retries], [5e9, 2]);
  assert.deepEqual(config.OnBuild, ['RUN true']);
});

test('an entrypoint takes the command away, the shell form runs in a shell', () => {
  const config = committedConfig(spec, undefined, ['ENTRYPOINT run me']);
  assert.deepEqual([config.Entrypoint, config.Cmd], [['/bin/sh', '-c', 'run me'], undefined]);
});

test('what is no change is refused', () => {
  assert.throws(() => committedConfig(spec, undefined, ['RUN true']), /RUN is not a valid change command/);
  assert.throws(() => committedConfig(spec, undefined, ['EXPOSE many']), /Invalid containerPort: many/);
});
