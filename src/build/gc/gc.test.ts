import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Candidate, chooseItems } from './choose-items.ts';
import { cacheFilter } from './filter.ts';
import { gcPolicies } from './policies.ts';
import type { Pruning } from './types.ts';

const HOUR = 3_600_000;
const now = 1000 * HOUR;

function item(id: string, more: Partial<Candidate> = {}, hoursAgo = 1): Candidate {
  return {
    id,
    type: 'regular',
    description: `step ${id}`,
    size: 100,
    inUse: false,
    shared: false,
    mutable: false,
    parents: [],
    createdAt: new Date(0),
    lastUsedAt: new Date(now - hoursAgo * HOUR),
    usageCount: 1,
    isInImage: false,
    ...more,
  };
}

const chosen = (items: readonly Candidate[], pruning: Partial<Pruning>, free = 1e6): string[] =>
  chooseItems(items, { all: false, ...pruning }, { now, disk: { total: 1e6, free } }).map(({ id }) => id);

test('without limits all goes but what is in use or in an image', () => {
  const items = [item('a'), item('b', { inUse: true }), item('c', { isInImage: true, shared: true })];
  assert.deepEqual(chosen(items, {}), ['a']);
  assert.deepEqual(chosen(items, { all: true }), ['a', 'c']);
});

test('with limits what was used longest ago goes first, of one build the last step before those below it', () => {
  const items = [
    item('old', {}, 9),
    item('base', { createdAt: new Date(1) }, 5),
    item('top', { createdAt: new Date(2) }, 5),
    item('new', {}, 1),
  ];
  assert.deepEqual(chosen(items, { maxUsedSpace: 250 }), ['old', 'top']);
  assert.deepEqual(chosen(items, { maxUsedSpace: 250, reservedSpace: 350 }), ['old']);
  assert.deepEqual(chosen(items, { maxUsedSpace: 400 }), []);
});

test('space on the disk counts only as far as it is not reserved for the cache', () => {
  const items = [item('a', {}, 4), item('b', {}, 3), item('c', {}, 2)];
  assert.deepEqual(chosen(items, { minFreeSpace: 1000 }, 850), ['a', 'b']);
  assert.deepEqual(chosen(items, { minFreeSpace: 1000, reservedSpace: 200 }, 850), ['a']);
  assert.deepEqual(chosen(items, { minFreeSpace: 1000 }, 2000), []);
});

test('what images have takes no space of the cache, and is not collected for space', () => {
  const items = [item('image', { isInImage: true, size: 1000 }, 9), item('a', {}, 5)];
  assert.deepEqual(chosen(items, { all: true, maxUsedSpace: 150 }), []);
  assert.deepEqual(chosen(items, { all: true, maxUsedSpace: 50 }), ['a']);
});

test('a layer that several records have is freed with the last of them', () => {
  const items = [item('a', { body: 'x' }, 9), item('b', { body: 'x' }, 8), item('c', {}, 7)];
  assert.deepEqual(chosen(items, { maxUsedSpace: 100 }), ['a', 'b']);
});

test('what was used lately stays', () => {
  assert.deepEqual(chosen([item('a', {}, 47), item('b', {}, 49)], { keepDuration: 48 * HOUR }), ['b']);
});

test('filters', () => {
  const mount = item('abc', { type: 'exec.cachemount', mutable: true, parents: ['p'] });
  const matches = (...expressions: string[]): boolean => cacheFilter(expressions)(mount);
  for (const expression of [
    '',
    'type==exec.cachemount',
    'type==source.local,type==exec.cachemount',
    'type!=regular',
    'id~=^ab',
    'id~=b,mutable==true',
    'mutable',
    'parents==p',
    'shared==false',
    'private',
    'description=="step abc"',
  ])
    assert.equal(matches(expression), true, expression);
  for (const expression of [
    'type==regular',
    'inuse',
    'id==ab',
    'immutable',
    'id~=ab,type==regular',
    'nonsense==1',
    'constructor',
    'toString==1',
  ])
    assert.equal(matches(expression), false, expression);
  assert.equal(matches('type==regular', 'id==abc'), true, 'one of several must hold');
  assert.throws(() => matches('='), /parse error: unexpected input: =/);
  assert.throws(() => matches('id~=('), /invalid regular expression/);
  const begun = performance.now();
  cacheFilter(['description~=(a+)+$'])(item('a', { description: 'a'.repeat(50_000) + '!' }));
  assert.ok(performance.now() - begun < 1000);
});

test("default policies are Docker's, and none when collection is off", () => {
  const disk = { total: 252 * 2 ** 30, free: 0 };
  const [quick, aged, capped, all] = gcPolicies({ enabled: true }, disk);
  const limits = { reservedSpace: 26e9, maxUsedSpace: 202e9, minFreeSpace: 51e9 };
  assert.deepEqual(quick, {
    all: false,
    filters: ['type==source.local,type==exec.cachemount,type==source.git.checkout'],
    keepDuration: 48 * HOUR,
    maxUsedSpace: 3_592_570_859,
  });
  assert.deepEqual(aged, { all: false, keepDuration: 60 * 24 * HOUR, ...limits });
  assert.deepEqual(
    [capped, all],
    [
      { all: false, ...limits },
      { all: true, ...limits },
    ],
  );
  assert.deepEqual(gcPolicies({ enabled: false }, disk), []);
  const own = gcPolicies({ enabled: true, maxUsedSpace: 5e9 }, disk);
  assert.deepEqual(own[2], { all: false, maxUsedSpace: 5e9 });
});
