import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetworks } from './networks.ts';
import { parseBlockIo } from './v2.ts';

test('network counters are read by interface, without the loopback', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:12345       67    1    2    0     0          0         0      890      12    3    4    0     0       0          0
`;
  assert.deepEqual(parseNetworks(text), {
    eth0: {
      rxBytes: 12345,
      rxPackets: 67,
      rxErrors: 1,
      rxDropped: 2,
      txBytes: 890,
      txPackets: 12,
      txErrors: 3,
      txDropped: 4,
    },
  });
});

test('block I/O of a version 2 group is read by device', () => {
  const text = '8:0 rbytes=4096 wbytes=512 rios=1 wios=1 dbytes=0 dios=0\n253:1 \n';
  assert.deepEqual(parseBlockIo(text), [
    { major: 8, minor: 0, op: 'read', bytes: 4096 },
    { major: 8, minor: 0, op: 'write', bytes: 512 },
    { major: 253, minor: 1, op: 'read', bytes: 0 },
    { major: 253, minor: 1, op: 'write', bytes: 0 },
  ]);
});
