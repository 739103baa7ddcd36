import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeEnvironment, replaceOrAppend } from './environment.ts';

const source = { env: [], hostname: 'box', tty: false, home: '/root', linkEnv: [] };

test('a program gets a path, its host name and a home', () => {
  assert.deepEqual(makeEnvironment(source), [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOSTNAME=box',
    'HOME=/root',
  ]);
});

test('what the spec says comes in the place of the defaults', () => {
  const env = makeEnvironment({
    ...source,
    tty: true,
    env: ['PATH=/x', 'HOME=/y', 'A=b=c', 'TERM'],
    linkEnv: ['L=1'],
  });
  assert.deepEqual(env, ['PATH=/x', 'HOSTNAME=box', 'L=1', 'HOME=/y', 'A=b=c']);
});

test('variables are replaced in place, a bare name takes one away', () => {
  assert.deepEqual(replaceOrAppend(['A=1', 'B=2', 'C=3'], ['B=9', 'D=4', 'A']), ['B=9', 'C=3', 'D=4']);
});
