import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsNoEngine } from './main.ts';

test('no engine is started for what asks none', () => {
  for (const line of [
    'config',
    '-f x.yaml -p up config -q',
    'version',
    '--version',
    'up --help',
    'help up',
    '',
  ])
    assert.equal(needsNoEngine(line.split(' ').filter(Boolean)), true, line);
  for (const line of ['up', '-p config up', 'run config', 'ps', 'config --resolve-image-digests'])
    assert.equal(needsNoEngine(line.split(' ')), false, line);
});
