import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback } from './loopback.ts';

test('names and addresses of the host that asks', () => {
  const hosts = ['localhost', '::1', '127.0.1.1', 'db', '127.example', '172.18.0.3', 'fd00::3', '::'];
  assert.deepEqual(hosts.filter(isLoopback), ['localhost', '::1', '127.0.1.1']);
});
