import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerSummary } from '../../wire/container.ts';
import { chooseContainers } from './choose-containers.ts';

const container = (name: string, number: number): ContainerSummary =>
  ({
    Id: name,
    Names: [`/${name}`],
    Labels: { 'com.docker.compose.container-number': String(number) },
  }) as unknown as ContainerSummary;

function choose(existing: readonly ContainerSummary[], stale: readonly string[], count: number) {
  const chosen = chooseContainers(existing, ({ Id }) => stale.includes(Id), count);
  return [chosen.kept.map(({ Id }) => Id), chosen.surplus.map(({ Id }) => Id), [...chosen.stale]];
}

const three = [container('web-1', 1), container('web-2', 2), container('web-3', 3)];

test('what is too much goes from the end', () =>
  assert.deepEqual(choose(three, [], 2), [['web-1', 'web-2'], ['web-3'], []]));

test('what would have to be replaced goes first', () =>
  assert.deepEqual(choose(three, ['web-1'], 2), [['web-2', 'web-3'], ['web-1'], []]));

test('of two containers with one number the newer configuration stays', () => {
  const broken = [container('web-1', 1), container('aaaaaaaaaaaa_web-1', 1), container('web-2', 2)];
  assert.deepEqual(choose(broken, ['web-1', 'web-2'], 2), [
    ['aaaaaaaaaaaa_web-1', 'web-2'],
    ['web-1'],
    ['web-2'],
  ]);
});

test('of two that are both as they should be the one that has its name stays', () => {
  const broken = [container('aaaaaaaaaaaa_web-1', 1), container('web-1', 1)];
  assert.deepEqual(choose(broken, [], 1), [['web-1'], ['aaaaaaaaaaaa_web-1'], []]);
});
