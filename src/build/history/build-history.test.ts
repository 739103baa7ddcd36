import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../lib/database.ts';
import { BuildHistory } from './build-history.ts';

const about = (lineage: string) => ({ lineage, dockerfile: 'Dockerfile', target: '' });

test('a build is on record from its beginning, with its steps as they go', () => {
  const history = new BuildHistory(openDatabase(':memory:'));
  const recorder = history.begin(about('a'), 'one');
  recorder.onEvent({
    type: 'plan',
    steps: [{ index: 1, name: 'RUN x', stage: '0', file: 'Dockerfile', line: 2 }],
  });
  recorder.onEvent({ type: 'step-started', index: 1, name: 'RUN x', cache: { hit: false, why: 'new' } });
  assert.partialDeepStrictEqual(history.list(), [
    { id: 'one', steps: [{ name: 'RUN x', cache: { hit: false, why: 'new' } }] },
  ]);
  assert.equal(history.list()[0]?.endedAt, undefined);
  recorder.end({ error: new Error('no') });
  assert.equal(history.list().length, 1);
  assert.equal(history.get('one').error, 'no');
});

test('builds are found by id, its beginning, or name; the newest first', () => {
  const history = new BuildHistory(openDatabase(':memory:'));
  for (const [id, lineage] of [
    ['aa1', 'x'],
    ['aa2', 'y'],
    ['b', 'x'],
  ] as const)
    history.begin(about(lineage), id).end({});
  assert.equal(history.get().id, 'b');
  assert.equal(history.get('x').id, 'b');
  assert.equal(history.get('aa2').id, 'aa2');
  assert.throws(() => history.get('aa'), { message: 'several builds have an id that begins with aa' });
  assert.throws(() => history.get('c'), { message: 'no such build: c', kind: 'not-found' });
  history.remove('b');
  assert.equal(history.get('x').id, 'aa1');
});

test('a build that its engine did not survive has ended', () => {
  const database = openDatabase(':memory:');
  new BuildHistory(database).begin(about('a'), 'lost');
  const { endedAt, error } = new BuildHistory(database).get('lost');
  assert.ok(endedAt);
  assert.equal(error, 'the engine ended before the build');
});
