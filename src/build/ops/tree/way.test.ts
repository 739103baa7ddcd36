import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWay } from './way.ts';

const root = { uid: 0, gid: 0 };
const good = { path: 'a/b', directories: [{ ...root, mode: 0o755 }], isBlocked: false };

test('a way that was told is one', () => {
  for (const way of [
    good,
    { ...good, path: '' },
    { ...good, owner: { uid: 5, gid: 6, unknown: ['user x'] } },
  ])
    assert.deepEqual(parseWay(JSON.stringify(way)), way);
});

test('what another engine tells leads out of no root, and is nothing else than a way', () => {
  for (const told of [
    ...['..', '../../etc', 'a/../../..', '/etc', './a', 'a//b', 7].map((path) => ({ ...good, path })),
    { ...good, directories: [{ ...root, mode: 0o10000 }] },
    { ...good, directories: [{ uid: -1, gid: 0, mode: 0 }] },
    { ...good, directories: {} },
    { ...good, isBlocked: 'no' },
    { ...good, owner: { uid: '0', gid: 0 } },
    null,
    'x',
    [],
  ])
    assert.equal(parseWay(JSON.stringify(told)), undefined, JSON.stringify(told));
  for (const text of ['', '{', 'undefined']) assert.equal(parseWay(text), undefined);
});
