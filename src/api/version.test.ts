import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiate } from './version.ts';

test('splits the version from the path', () => {
  assert.deepEqual(negotiate('/v1.24/info'), { path: '/info', version: 24 });
  assert.deepEqual(negotiate('/v1.51/containers/v1.3/json'), { path: '/containers/v1.3/json', version: 51 });
  assert.deepEqual(negotiate('/info'), { path: '/info', version: 51 });
  assert.deepEqual(negotiate('/v1.55/info'), { path: '/info', version: 55 });
});

test("refuses versions that are not served, in Docker's words", () => {
  assert.throws(() => negotiate('/v1.99/info'), {
    message: 'client version 1.99 is too new. Maximum supported API version is 1.51',
  });
  assert.throws(() => negotiate('/v2.0/info'), /client version 2\.0 is too new/);
  assert.throws(() => negotiate('/v1.12/info'), {
    message:
      'client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
  });
});
