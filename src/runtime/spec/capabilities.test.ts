import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveCapabilities } from './capabilities.ts';
import { allCapabilities, defaultCapabilities } from './capability-names.ts';

const resolve = (add: string[], drop: string[], privileged = false): string[] =>
  resolveCapabilities({ privileged, add, drop }, allCapabilities);

test('capabilities are added and dropped in any spelling', () => {
  assert.deepEqual(resolve([], []), defaultCapabilities);
  assert.deepEqual(resolve(['sys_ptrace', 'CAP_CHOWN'], ['mknod']), [
    ...defaultCapabilities.filter((name) => name !== 'CAP_MKNOD'),
    'CAP_SYS_PTRACE',
  ]);
});

test('ALL adds or drops everything but what is named on the other side', () => {
  assert.deepEqual(
    resolve(['ALL'], ['NET_RAW']),
    allCapabilities.filter((name) => name !== 'CAP_NET_RAW'),
  );
  assert.deepEqual(resolve(['NET_RAW'], ['all']), ['CAP_NET_RAW']);
  assert.deepEqual(resolve([], ['ALL']), []);
});

test('privileged means all that the engine has', () => {
  assert.deepEqual(resolve([], ['ALL'], true), allCapabilities);
  const request = { privileged: true, add: [], drop: [] };
  assert.deepEqual(resolveCapabilities(request, ['CAP_CHOWN']), ['CAP_CHOWN']);
});

test('unknown and unavailable ones are refused in the words of Docker', () => {
  const message = (text: string): { kind: string; message: string } => ({ kind: 'invalid', message: text });
  assert.throws(() => resolve(['foo'], []), message('invalid CapAdd: unknown capability: "CAP_FOO"'));
  assert.throws(
    () => resolve([], ['net_foo']),
    message('invalid CapDrop: unknown capability: "CAP_NET_FOO"'),
  );
  assert.throws(
    () => resolveCapabilities({ privileged: false, add: ['SYS_RESOURCE'], drop: [] }, ['CAP_CHOWN']),
    message(
      'invalid CapAdd: capability not supported by your kernel or not available in the current environment: "CAP_SYS_RESOURCE"',
    ),
  );
});
