import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetworks } from './networks.ts';
import { parseBlockIoV1 } from './v1.ts';
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
    { major: 8, minor: 0, op: 'read', count: 4096 },
    { major: 8, minor: 0, op: 'write', count: 512 },
    { major: 253, minor: 1, op: 'read', count: 0 },
    { major: 253, minor: 1, op: 'write', count: 0 },
  ]);
});

test('block I/O of a version 1 group is read with all that is counted', () => {
  const text =
    '254:0 Read 4096\n254:0 Write 0\n254:0 Sync 4096\n254:0 Async 0\n254:0 Discard 0\n254:0 Total 4096\nTotal 4096\n';
  const device = { major: 254, minor: 0 };
  assert.deepEqual(parseBlockIoV1(text), [
    { ...device, op: 'read', count: 4096 },
    { ...device, op: 'write', count: 0 },
    { ...device, op: 'sync', count: 4096 },
    { ...device, op: 'async', count: 0 },
    { ...device, op: 'discard', count: 0 },
    { ...device, op: 'total', count: 4096 },
  ]);
});
