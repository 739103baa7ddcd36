import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePs } from './top.ts';

test('ps output is cut down to the pids, the command keeps its spaces', () => {
  const output = 'UID  PID  PPID CMD\nroot   1     0 /sbin/init\nroot  42     1 sleep 5 6\n';
  assert.deepEqual(parsePs(output, new Set([42])), {
    titles: ['UID', 'PID', 'PPID', 'CMD'],
    processes: [['root', '42', '1', 'sleep 5 6']],
  });
});

test('output without a PID column is refused', () => {
  assert.throws(() => parsePs('USER CMD\nroot x\n', new Set()), /Couldn't find PID field in ps output/);
});
