import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../model/types.ts';
import { walkGraph } from './graph.ts';

const place = { file: '', line: 1, column: 1 };
const service = (name: string, ...needs: string[]): Service =>
  ({
    name,
    links: [],
    volumesFrom: [],
    dependsOn: new Map(
      needs.map((need) => [need, { condition: 'service_started', restart: false, required: true, place }]),
    ),
  }) as unknown as Service;

const chain = [service('web', 'app'), service('app', 'db', 'cache'), service('db'), service('cache')];

async function order(options = {}): Promise<string[]> {
  const done: string[] = [];
  await walkGraph(chain, async ({ name }) => void done.push(name), options);
  return done;
}

test('what is needed comes first', async () => {
  const done = await order();
  assert.deepEqual(
    [done.slice(0, 2).toSorted(), done.slice(2)],
    [
      ['cache', 'db'],
      ['app', 'web'],
    ],
  );
});

test('in reverse, dependents come first', async () =>
  assert.deepEqual((await order({ reverse: true })).slice(0, 2), ['web', 'app']));

test('what does not depend on each other runs side by side', async () => {
  let now = 0;
  let most = 0;
  await walkGraph(chain, async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    now -= 1;
  });
  assert.equal(most, 2);
});

test('a failure stops what depends on it, and is thrown when the rest has ended', async () => {
  const done: string[] = [];
  const run = walkGraph(chain, async ({ name }) => {
    if (name === 'db') throw new Error('no db');
    await new Promise((resolve) => setTimeout(resolve, 5));
    done.push(name);
  });
  await assert.rejects(run, /no db/);
  assert.deepEqual(done, ['cache']);
});
