import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChallenges } from './challenge.ts';

test('a bearer challenge keeps commas and escapes inside quotes', () => {
  assert.deepEqual(
    parseChallenges(
      'Bearer realm="https://auth.example/token",service="reg.example",scope="repository:a/b:pull,push" , error="x\\"y"',
    ),
    [
      {
        scheme: 'bearer',
        parameters: {
          realm: 'https://auth.example/token',
          service: 'reg.example',
          scope: 'repository:a/b:pull,push',
          error: 'x"y',
        },
      },
    ],
  );
});

test('several challenges in one header are told apart', () => {
  assert.deepEqual(parseChallenges('Basic realm=plain, Bearer realm="r", Negotiate'), [
    { scheme: 'basic', parameters: { realm: 'plain' } },
    { scheme: 'bearer', parameters: { realm: 'r' } },
    { scheme: 'negotiate', parameters: {} },
  ]);
});

test('garbage gives no challenge and ends', () => {
  assert.deepEqual(parseChallenges('"""===,,,'), []);
  assert.deepEqual(parseChallenges(''), []);
  assert.deepEqual(parseChallenges('=x'), [{ scheme: 'x', parameters: {} }]);
});
