import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedPorts } from './localhost.ts';

test('the port that a program was refused at is known from what it says', () => {
  for (const [line, port] of [
    ['Error: connect ECONNREFUSED 127.0.0.1:5432', 5432],
    ['connection to server at "localhost" (127.0.0.1), port 5433 failed: Connection refused', 5433],
    ['dial tcp [::1]:6379: connect: connection refused', 6379],
    ['Connection to localhost:1521 refused. Check that it accepts connections.', 1521],
    ['Error 111 connecting to localhost:6380. Connection refused.', 6380],
    ['connect ECONNREFUSED 172.18.0.3:5432', undefined],
    ['listening on localhost:3000', undefined],
  ] as const)
    assert.deepEqual(refusedPorts([line]), port === undefined ? [] : [port], line);
});
