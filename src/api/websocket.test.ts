import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptKey, encodeFrame, FrameReader, opcodes } from './websocket.ts';

/** A frame as a client sends it. */
function masked(opcode: number, payload: Buffer, first = 0x80 | opcode): Buffer {
  const frame = encodeFrame(opcode, payload);
  const head = Buffer.from(frame.subarray(0, frame.length - payload.length));
  head[0] = first;
  head[1] = (head[1] ?? 0) | 0x80;
  const mask = Buffer.from([1, 2, 3, 4]);
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))]);
}

async function read(chunks: readonly Buffer[]): Promise<{ text: string; controls: number[] }> {
  const controls: number[] = [];
  const reader = new FrameReader((opcode) => controls.push(opcode));
  for (const chunk of chunks) reader.write(chunk);
  reader.end();
  return { text: Buffer.concat(await Array.fromAsync<Buffer>(reader)).toString(), controls };
}

test("the key is accepted as RFC 6455's example has it", () => {
  const headers = {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  assert.equal(acceptKey({ headers }), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  assert.throws(() => acceptKey({ headers: {} }), /not websocket protocol/);
  assert.throws(() => acceptKey({ headers: { ...headers, 'sec-websocket-key': 'x' } }), /key/);
});

test('frames of all sizes come through, however they are cut', async () => {
  const parts = [5, 126, 70_000].map((length, at) => Buffer.alloc(length, 97 + at));
  const bytes = Buffer.concat(parts.map((part) => masked(opcodes.binary, part)));
  const whole = Buffer.concat(parts).toString();
  assert.equal((await read([bytes])).text, whole);
  const single = Array.from(bytes.subarray(0, 300), (_, at) => bytes.subarray(at, at + 1));
  assert.equal((await read([...single, bytes.subarray(300)])).text, whole);
});

test('control frames come between pieces, and a close ends the bytes', async () => {
  const frames = [
    masked(opcodes.text, Buffer.from('a'), opcodes.text),
    masked(opcodes.ping, Buffer.from('p')),
    masked(opcodes.continuation, Buffer.from('b')),
    masked(opcodes.close, Buffer.alloc(0)),
    masked(opcodes.text, Buffer.from('late')),
  ];
  assert.deepEqual(await read(frames), { text: 'ab', controls: [opcodes.ping, opcodes.close] });
});

test('what breaks the protocol is an error', async () => {
  const broken = [
    encodeFrame(opcodes.text, Buffer.from('not masked')),
    masked(3, Buffer.from('unknown')),
    masked(opcodes.ping, Buffer.alloc(126)),
    masked(opcodes.ping, Buffer.alloc(1), opcodes.ping),
    Buffer.from([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]),
  ];
  for (const frame of broken) await assert.rejects(read([frame]), /^Error: websocket: /);
});
