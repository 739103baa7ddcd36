import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  answers,
  encodeAnswer,
  encodeError,
  encodeFormatError,
  encodeName,
  fitUdp,
  isTruncated,
  parseQuery,
  rcodeOf,
  RCODE,
  TYPE,
} from './message.ts';

function question(
  name: string,
  type: number = TYPE.A,
  fields: { flags?: number; count?: number } = {},
): Buffer {
  const header = Buffer.from([0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(fields.flags ?? 0x0100, 2);
  header.writeUInt16BE(fields.count ?? 1, 4);
  return Buffer.concat([header, encodeName(name), Buffer.from([0, type, 0, 1])]);
}

/** An OPT record that says how large an answer over UDP may be. */
function withEdns(message: Buffer, size: number): Buffer {
  const result = Buffer.concat([message, Buffer.from([0, 0, TYPE.OPT, 0, 0, 0, 0, 0, 0, 0, 0])]);
  result.writeUInt16BE(1, 10);
  result.writeUInt16BE(size, message.length + 3);
  return result;
}

const parsed = (bytes: Buffer) => parseQuery(bytes) ?? assert.fail('not a query');

test('a question is read as it was written', () => {
  const { name, type, udpSize } = parsed(question('Db.Shop', TYPE.AAAA));
  assert.deepEqual([name, type, udpSize], ['Db.Shop', TYPE.AAAA, 512]);
  assert.equal(parsed(withEdns(question('a'), 1232)).udpSize, 1232);
  assert.equal(parsed(withEdns(question('a'), 1)).udpSize, 512);
  assert.equal(parsed(question('')).name, '');
});

test('an answer has the id, the question and the records', () => {
  const answer = encodeAnswer(parsed(question('db')), [Buffer.from([172, 18, 0, 2])], 600);
  const expected = '12348180000100010000000002646200000100 01c00c000100010000025800 04ac120002'.replaceAll(
    ' ',
    '',
  );
  assert.equal(answer.toString('hex'), expected);
});

test('an answer that is too large for UDP is cut and says so', () => {
  const records = Array.from({ length: 60 }, () => Buffer.alloc(4));
  const large = (query: Buffer) => fitUdp(parsed(query), encodeAnswer(parsed(query), records, 1));
  assert.ok(isTruncated(large(question('many'))));
  assert.ok(large(question('many')).length <= 512);
  assert.ok(!isTruncated(large(withEdns(question('many'), 4096))));
});

test('an error keeps the question', () => {
  const error = encodeError(parsed(question('gone')), RCODE.NXDOMAIN);
  assert.equal(rcodeOf(error), RCODE.NXDOMAIN);
  assert.ok(answers(parsed(question('GONE')), 0x1234, error));
});

test('messages that are no simple question are refused', () => {
  const good = question('example.com');
  const pointer = Buffer.from(good);
  pointer.writeUInt16BE(0xc00c, 12);
  const long = Buffer.concat([
    good.subarray(0, 12),
    ...Array.from({ length: 9 }, () => Buffer.alloc(64, 63)),
    Buffer.alloc(5),
  ]);
  const bad = [
    Buffer.alloc(0),
    good.subarray(0, 11),
    good.subarray(0, -1),
    question('two', TYPE.A, { count: 2 }),
    question('an-answer', TYPE.A, { flags: 0x8180 }),
    question('an-update', TYPE.A, { flags: 0x2800 }),
    pointer,
    long,
  ];
  for (const bytes of bad) assert.equal(parseQuery(bytes), undefined);
  assert.equal(rcodeOf(encodeFormatError(bad[3] as Buffer) ?? assert.fail()), RCODE.FORMERR);
  assert.equal(rcodeOf(encodeFormatError(bad[5] as Buffer) ?? assert.fail()), RCODE.NOTIMP);
  assert.equal(encodeFormatError(bad[4] as Buffer), undefined, 'answers are not answered');
});

test('no bytes, however they come, break the parser', () => {
  const base = Buffer.concat([question('a.b'), Buffer.alloc(8)]);
  const noise = randomBytes(5000 * 7);
  for (let at = 0; at < noise.length; at += 7) {
    const bytes = Buffer.from(base);
    for (const change of [1, 3, 5])
      bytes[noise.readUInt8(at + change) % bytes.length] = noise.readUInt8(at + change + 1);
    const query = parseQuery(bytes.subarray(0, noise.readUInt8(at) % (bytes.length + 1)));
    if (query) assert.ok(fitUdp(query, encodeAnswer(query, [Buffer.alloc(4)], 1)).length >= 12);
    answers(parsed(base), 0x1234, bytes);
  }
});

test('an answer that was not asked for is not taken', () => {
  const query = parsed(question('bank.example'));
  const other = encodeAnswer(parsed(question('evil.example')), [Buffer.alloc(4)], 1);
  const right = encodeAnswer(query, [Buffer.alloc(4)], 1);
  assert.ok(answers(query, 0x1234, right));
  assert.ok(!answers(query, 0x1235, right), 'another id');
  assert.ok(!answers(query, 0x1234, other), 'another name');
  assert.ok(!answers(query, 0x1234, query.bytes), 'a question');
  assert.ok(!answers(query, 0x1234, right.subarray(0, 8)), 'too short');
});
