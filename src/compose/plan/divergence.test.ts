import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerSummary } from '../../wire/container.ts';
import { divergence, type Expected } from './divergence.ts';

const expected: Expected = {
  hash: 'h',
  imageId: 'i',
  files: undefined,
  networks: new Map([['p_net', 'n1']]),
  volumes: ['p_data'],
};

function container(
  labels: Record<string, string> = {},
  other: Partial<ContainerSummary> = {},
): ContainerSummary {
  return {
    State: 'running',
    Labels: { 'com.docker.compose.config-hash': 'h', 'com.docker.compose.image': 'i', ...labels },
    NetworkSettings: { Networks: { p_net: { NetworkID: 'n1' } } },
    Mounts: [{ Type: 'volume', Name: 'p_data' }],
    ...other,
  } as ContainerSummary;
}

test('a container that is as the files say stays', () =>
  assert.equal(divergence(container(), expected), undefined));

test('another configuration, image, network or volume is told', () => {
  const nets = (NetworkID: string) => ({ NetworkSettings: { Networks: { p_net: { NetworkID } } } });
  assert.deepEqual(
    [
      container({ 'com.docker.compose.config-hash': 'x' }),
      container({ 'com.docker.compose.image': 'x' }),
      container({}, nets('old')),
      container({}, { Mounts: [] }),
      container({}, { State: 'exited', NetworkSettings: { Networks: {} } }),
    ].map((item) => divergence(item, expected)),
    [
      'its configuration changed',
      'its image changed',
      'network p_net is another one',
      'volume p_data is not mounted',
      'network p_net is another one',
    ],
  );
  // one that never ran does not know the id of its network
  assert.equal(divergence(container({}, { State: 'created', ...nets('') }), expected), undefined);
});

test('files that were copied count where the container tells which', () => {
  const wanted = { ...expected, files: 'f' };
  assert.equal(divergence(container(), wanted), undefined);
  assert.equal(divergence(container({ 'lading.compose.files': 'f' }), wanted), undefined);
  assert.equal(
    divergence(container({ 'lading.compose.files': 'old' }), wanted),
    'its configs or secrets changed',
  );
});
