import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRefusals } from './refusals.ts';

test('where a program was refused is known from what it says', () => {
  for (const [line, host, port] of [
    ['Error: connect ECONNREFUSED 127.0.0.1:5432', '127.0.0.1', 5432],
    [
      'connection to server at "localhost" (127.0.0.1), port 5433 failed: Connection refused',
      'localhost',
      5433,
    ],
    ['connection to server at "localhost" (::1), port 5433 failed: Connection refused', 'localhost', 5433],
    ['dial tcp [::1]:6379: connect: connection refused', '::1', 6379],
    ['Error: connect ECONNREFUSED ::1:5432', '::1', 5432],
    ['Connection to localhost:1521 refused. Check that it accepts connections.', 'localhost', 1521],
    ['Error 111 connecting to redis-1:6380. Connection refused.', 'redis-1', 6380],
    ['connect ECONNREFUSED 172.18.0.3:5432', '172.18.0.3', 5432],
    ['connection to server at "db" (172.18.0.3), port 5432 failed: Connection refused', 'db', 5432],
    ["curl: (7) Failed to connect to db port 80 after 0 ms: Couldn't connect to server", 'db', 80],
    ['dial tcp [fd00::3]:6379: connect: connection refused', 'fd00::3', 6379],
  ] as const)
    assert.deepEqual(readRefusals([line]), [{ host, port }], line);
  assert.deepEqual(readRefusals(['listening on localhost:3000', 'Connection refused']), []);
});
