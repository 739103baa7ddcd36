import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from '../message-types.ts';
import { codec } from '../messages.ts';
import { isStatPacket, readStatPacket } from './read-stat.ts';

const packets = codec<Packet>('fsutil.types.Packet');
const encode = (stat: Packet['stat']): Buffer => Buffer.from(packets.encode({ type: 0, stat }));

test('reads what the library writes', () => {
  const told = {
    path: 'a/ü',
    mode: 0x8000_01ed,
    size: 5_000_000_000,
    modTime: -2_000_000_000,
    linkname: 'x',
  };
  const packet = encode({ ...told, uid: 300, gid: 1 });
  assert.ok(isStatPacket(packet));
  const path = Buffer.from(told.path).toString('latin1');
  assert.deepEqual(readStatPacket(packet), { ...told, path });
});

test('other packets are none', () => {
  for (const packet of [{ type: 0 }, { type: 2, ID: 7, data: Buffer.from('x') }, { type: 3 }, { ID: 1, stat: { path: 'a' } }])
    assert.ok(!isStatPacket(Buffer.from(packets.encode(packet as Partial<Packet>))));
}); // prettier-ignore

test('bytes that break off are no entry', () => {
  const packet = encode({ path: 'directory/name', mode: 0o644, size: 12, modTime: 1e18, linkname: '' });
  for (let length = 3; length < packet.length; length += 1) {
    const cut = Buffer.from(packet.subarray(0, length));
    assert.ok(!isStatPacket(cut));
  }
  for (const bytes of [[0x12, 2, 0x0a, 0x20], [0x12, 1, 0x10], [0x12, 1, 0x0f]])
    assert.equal(readStatPacket(Buffer.from(bytes)), undefined);
}); // prettier-ignore
