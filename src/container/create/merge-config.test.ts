import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageRunConfig } from '../../oci/image-config.ts';
import type { CreateRequest } from '../types.ts';
import { mergeConfig } from './merge-config.ts';

const merge = (
  asked: Partial<CreateRequest['spec']>,
  image: ImageRunConfig,
): ReturnType<typeof mergeConfig> => mergeConfig({ image: 'x', ...asked }, image);
const image = { Entrypoint: ['entry'], Cmd: ['cmd'] };

test('entrypoint and command combine as Docker does', () => {
  const of = (asked: Partial<CreateRequest['spec']>, from: ImageRunConfig = image): unknown => {
    const { entrypoint, cmd } = merge(asked, from);
    return [entrypoint, cmd];
  };
  assert.deepEqual(of({}), [['entry'], ['cmd']]);
  assert.deepEqual(of({ cmd: ['mine'] }), [['entry'], ['mine']]);
  assert.deepEqual(of({ entrypoint: ['own'] }), [['own'], []]);
  assert.deepEqual(of({ entrypoint: ['own'], cmd: ['mine'] }), [['own'], ['mine']]);
  assert.deepEqual(of({ entrypoint: [''] }), [[], []]);
  assert.deepEqual(of({ entrypoint: [''], cmd: ['sh'] }), [[], ['sh']]);
  assert.deepEqual(of({ entrypoint: [] }), [[], ['cmd']]);
  assert.deepEqual(of({}, { Cmd: null, Entrypoint: null }), [[], []]);
});

test('variables are merged by name, the client first', () => {
  assert.deepEqual(merge({ env: ['A=1', 'B'] }, { Env: ['A=0', 'B=0', 'PATH=/bin'] }).env, [
    'A=1',
    'B',
    'PATH=/bin',
  ]);
});

test('labels, volumes and ports are united, the client wins', () => {
  const merged = merge(
    { labels: { a: 'mine' }, volumes: ['/v'], exposedPorts: [{ port: 80, protocol: 'tcp' }] },
    {
      Labels: { a: 'image', b: 'image' },
      Volumes: { '/v': {}, '/w': {} },
      ExposedPorts: { '80/tcp': {}, '53/udp': {}, '9000-9001': {}, junk: {}, '70000/tcp': {} },
    },
  );
  assert.deepEqual(merged.labels, { a: 'mine', b: 'image' });
  assert.deepEqual(merged.volumes, ['/v', '/w']);
  assert.deepEqual(
    merged.exposedPorts.map(({ port, protocol }) => `${port}/${protocol}`),
    ['80/tcp', '53/udp', '9000/tcp', '9001/tcp'],
  );
});

test('a health check is inherited field by field', () => {
  const Healthcheck = { Test: ['CMD', 'x'], Interval: 5, Retries: 2 };
  assert.deepEqual(merge({}, { Healthcheck }).healthcheck, Healthcheck);
  assert.deepEqual(
    merge({ healthcheck: { Interval: 9, Retries: 0, Test: [] } }, { Healthcheck }).healthcheck,
    {
      Test: ['CMD', 'x'],
      Interval: 9,
      Retries: 2,
    },
  );
  assert.deepEqual(merge({ healthcheck: { Test: ['NONE'] } }, { Healthcheck }).healthcheck?.Test, ['NONE']);
  assert.equal(merge({}, {}).healthcheck, undefined);
});

test('user, working directory and signals fall back to the image', () => {
  const from = { User: 'app', WorkingDir: '/srv', StopSignal: 'SIGQUIT', Shell: ['/bin/ash', '-c'] };
  const { user, workingDir, stopSignal, shell } = merge({}, from);
  assert.deepEqual([user, workingDir, stopSignal, shell], ['app', '/srv', 'SIGQUIT', ['/bin/ash', '-c']]);
  assert.equal(merge({ user: '0', workingDir: '/x' }, from).user, '0');
});
