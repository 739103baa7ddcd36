import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PackedPieces } from './packed-pieces.ts';

const pieces = [Buffer.from('a'), Buffer.alloc(0), Buffer.alloc((1 << 20) + 7, 'x'), Buffer.from('last')];

test('gives back what was added, in order, also what was packed before', () => {
  const first = new PackedPieces();
  for (const piece of pieces) first.add(piece);
  const second = new PackedPieces();
  second.add(Buffer.from('0'));
  second.addPacked(Buffer.concat([...first.bytes()]));
  second.add(Buffer.from('1'));
  assert.deepEqual([...second], [Buffer.from('0'), ...pieces, Buffer.from('1')]);
  assert.deepEqual([...new PackedPieces()], []);
});

test('knows a piece at its place, and none that is cut off', () => {
  const packed = new PackedPieces();
  for (const piece of pieces) packed.add(piece);
  const bytes = Buffer.concat([...packed.bytes()]);
  let at = 0;
  for (const piece of pieces) {
    assert.ok(PackedPieces.isAt(bytes, at, piece));
    assert.ok(!PackedPieces.isAt(bytes, at, Buffer.from('other')));
    at += PackedPieces.sizeOf(piece);
  }
  assert.equal(at, bytes.length);
  assert.ok(!PackedPieces.isAt(bytes.subarray(0, -1), at - 8, Buffer.from('last')));
  assert.ok(!PackedPieces.isAt(bytes, at, Buffer.from('')));
});
