import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { exec } from '../exec.ts';
import { encodeHeader } from './encode.ts';
import { makeEntry, paddingOf, trailer, type TarEntry } from './entry.ts';
import { TarParser } from './parser.ts';
import { paxRecord } from './pax.ts';
import { readTar } from './read.ts';
import { writeTar } from './write.ts';

const root = mkdtempSync(join(tmpdir(), 'tar-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

interface Told {
  readonly entry: TarEntry;
  readonly body: Buffer;
}

/** Parses in chunks of a size that no block divides. */
function parse(archive: Uint8Array, chunk = 777): Told[] {
  const told: { entry: TarEntry; pieces: Buffer[] }[] = [];
  const parser = new TarParser({
    entry: (entry) => told.push({ entry, pieces: [] }),
    data: (piece) => told.at(-1)?.pieces.push(Buffer.from(piece)),
    entryEnd: () => {},
  });
  for (let at = 0; at < archive.length; at += chunk) parser.push(archive.subarray(at, at + chunk));
  parser.end();
  return told.map(({ entry, pieces }) => ({ entry, body: Buffer.concat(pieces) }));
}

function member(given: Parameters<typeof makeEntry>[0], body = Buffer.alloc(0)): Buffer {
  const header = encodeHeader(makeEntry({ size: body.length, ...given }));
  return Buffer.concat([header, body, Buffer.alloc(paddingOf(body.length))]);
}

async function chunksOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}

async function* feed(archive: Uint8Array, chunk = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < archive.length; at += chunk) {
    await Promise.resolve();
    yield archive.subarray(at, at + chunk);
  }
}

const odd: readonly TarEntry[] = [
  makeEntry({ name: 'plain' }),
  makeEntry({ name: 'x'.repeat(100) }),
  makeEntry({ name: `${'d'.repeat(120)}/${'f'.repeat(90)}` }),
  makeEntry({ name: `${'d'.repeat(160)}/${'f'.repeat(150)}` }),
  makeEntry({ name: 'caf\xc3\xa9' }),
  makeEntry({ name: 'not-utf8-\xe9\xff' }),
  makeEntry({ name: 'line\nbreak' }),
  makeEntry({ name: 'd/', type: 'directory', mode: 0o1777 }),
  makeEntry({ name: 'link', type: 'symlink', linkName: 't'.repeat(300), mode: 0o777 }),
  makeEntry({ name: 'hard', type: 'hardlink', linkName: 'caf\xc3\xa9' }),
  makeEntry({ name: 'null', type: 'character', device: { major: 1, minor: 3 } }),
  makeEntry({ name: 'disk', type: 'block', device: { major: 259, minor: 70000 } }),
  makeEntry({ name: 'pipe', type: 'fifo', mode: 0o4755 }),
  makeEntry({ name: 'owned', uid: 4_000_000_000, gid: 3_000_000_000 }),
  makeEntry({ name: 'old', mtime: -315619200, mtimeNanos: 250_000_000 }),
  makeEntry({ name: 'older', mtime: -1, mtimeNanos: 0 }),
  makeEntry({ name: 'future', mtime: 16725225600, mtimeNanos: 1 }),
  makeEntry({
    name: 'x',
    xattrs: new Map([
      ['user.a', 'b\0=\n\xff'],
      ['user.empty', ''],
    ]),
  }),
];

test('what the encoder writes, the parser reads back', () => {
  const archive = Buffer.concat([...odd.map((entry) => encodeHeader(entry)), trailer]);
  for (const chunk of [1, 512, 777, archive.length])
    assert.deepEqual(
      parse(archive, chunk).map(({ entry }) => entry),
      odd,
    );
});

test('what the encoder writes, GNU tar lists alike', async () => {
  const archive = Buffer.concat([...odd.map((entry) => encodeHeader(entry)), trailer]);
  const { stdout } = await exec('tar', ['--quoting-style=literal', '--numeric-owner', '-tvf', '-'], {
    input: archive,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
  });
  for (const line of [
    'drwxrwxrwt 0/0               0 1970-01-01 00:00 d/',
    'crw-r--r-- 0/0             1,3 1970-01-01 00:00 null',
    'brw-r--r-- 0/0       259,70000 1970-01-01 00:00 disk',
    'prwsr-xr-x 0/0               0 1970-01-01 00:00 pipe',
    '-rw-r--r-- 4000000000/3000000000 0 1970-01-01 00:00 owned',
    '-rw-r--r-- 0/0                   0 1960-01-01 00:00 old',
    '-rw-r--r-- 0/0                   0 2500-01-01 00:00 future',
  ])
    assert.ok(stdout.includes(`${line}\n`), `${line} in\n${stdout}`);
});

test('sparse files keep their holes in every form', async () => {
  const source = join(root, 'sparse');
  mkdirSync(source);
  const file = join(source, 'holes');
  writeFileSync(file, Buffer.concat([Buffer.from('start'), Buffer.alloc(1 << 20), Buffer.from('middle')]));
  truncateSync(file, 3 << 20);
  await exec('fallocate', ['--dig-holes', file]);
  const content = (await exec('cat', [file])).stdout;
  for (const form of [
    ['--format=gnu'],
    ['--format=posix', '--sparse-version=0.0'],
    ['--format=posix', '--sparse-version=0.1'],
    ['--format=posix', '--sparse-version=1.0'],
  ]) {
    const path = join(root, 'sparse.tar');
    await exec('tar', ['-S', ...form, '-cf', path, '-C', source, 'holes']);
    const archive = readFileSync(path);
    const [told] = parse(archive);
    assert.equal(told?.entry.name, 'holes', form.join(' '));
    assert.equal(told.entry.sparse?.realSize, 3 << 20, form.join(' '));
    assert.ok(told.body.length < 100_000, form.join(' '));
    for await (const { entry, body } of readTar(feed(archive))) {
      assert.equal(entry.size, 3 << 20);
      assert.ok((await chunksOf(body)).equals(Buffer.from(content)), form.join(' '));
    }
    const again = Buffer.concat([
      encodeHeader(told.entry),
      told.body,
      Buffer.alloc(paddingOf(told.body.length)),
      trailer,
    ]);
    assert.deepEqual(parse(again)[0]?.entry.sparse, told.entry.sparse);
  }
});

test('a sparse file of many pieces, whose old GNU map needs more blocks, is read', async () => {
  const file = join(root, 'pieces');
  const content = Buffer.alloc(60 * 8192);
  for (let i = 0; i < 60; i++) content.fill(i + 1, i * 8192, i * 8192 + 4096);
  writeFileSync(file, content);
  await exec('fallocate', ['--dig-holes', file]);
  for (const format of ['gnu', 'posix']) {
    const path = join(root, 'pieces.tar');
    await exec('tar', ['-S', `--format=${format}`, '-cf', path, '-C', root, 'pieces']);
    for await (const { body } of readTar(feed(readFileSync(path))))
      assert.ok((await chunksOf(body)).equals(content), format);
  }
});

test('archives of every dialect of GNU tar are read alike', async () => {
  const source = join(root, 'dialects');
  const deep = join('d'.repeat(90), 'e'.repeat(90));
  mkdirSync(join(source, deep), { recursive: true });
  writeFileSync(join(source, deep, 'f'.repeat(90)), 'deep');
  writeFileSync(join(source, 'short'), 'short');
  utimesSync(join(source, 'short'), 1e9, 1e9);
  symlinkSync('l'.repeat(200), join(source, 'link'));
  const names = [
    './',
    `./${'d'.repeat(90)}/`,
    `./${deep}/`,
    `./${deep}/${'f'.repeat(90)}`,
    './link',
    './short',
  ];
  for (const format of ['gnu', 'posix']) {
    const path = join(root, 'dialect.tar');
    await exec('tar', [`--format=${format}`, '--sort=name', '-cf', path, '-C', source, '.']);
    const told = parse(readFileSync(path));
    assert.deepEqual(
      told.map(({ entry }) => entry.name),
      names,
      format,
    );
    assert.equal(told.at(-2)?.entry.linkName, 'l'.repeat(200));
    assert.equal(told.at(-1)?.entry.mtime, 1e9);
    assert.equal(told.at(-1)?.body.toString(), 'short');
  }
  const path = join(root, 'v7.tar');
  await exec('tar', ['--format=v7', '-cf', path, '-C', source, 'short']);
  assert.equal(parse(readFileSync(path))[0]?.body.toString(), 'short');
});

test('readTar gives bodies and skips what is not read', async () => {
  const big = randomBytes(300_000);
  const members = [
    { entry: makeEntry({ name: 'a', size: big.length }), body: big },
    { entry: makeEntry({ name: 'b', size: 3 }), body: feed(Buffer.from('abc'), 2) },
    { entry: makeEntry({ name: 'c', type: 'directory' }) },
    { entry: makeEntry({ name: 'd', size: 3 }), body: Buffer.from('xyz') },
  ];
  const archive = await chunksOf(writeTar(members));
  const seen: string[] = [];
  for await (const { entry, body } of readTar(feed(archive))) {
    if (entry.name === 'b') for await (const _ of body) break;
    seen.push(entry.name === 'd' ? (await chunksOf(body)).toString() : entry.name);
  }
  assert.deepEqual(seen, ['a', 'b', 'c/', 'xyz']);
});

test('writeTar refuses a body of another length than told', async () => {
  const wrong = [{ entry: makeEntry({ name: 'a', size: 4 }), body: Buffer.from('abc') }];
  await assert.rejects(chunksOf(writeTar(wrong)), /3 bytes instead of 4/);
});

test('of several extended headers before a member the last one counts', () => {
  const many = paxRecord('path', 'first') + paxRecord('comment', 'x').repeat(50_000);
  const archive = Buffer.concat([
    extended(many).subarray(0, -1536),
    extended(paxRecord('path', 'second')).subarray(0, -1024),
    trailer,
  ]);
  assert.deepEqual(
    parse(archive).map(({ entry }) => entry.name),
    ['second'],
  );
});

test('global headers are ignored, and bytes after the end marker', () => {
  const global = Buffer.from(member({ name: 'pax_global_header' }, Buffer.from('15 path=wrong\n\n')));
  global.write('g', 156);
  fixChecksum(global);
  const archive = Buffer.concat([global, member({ name: 'right' }), trailer, randomBytes(5000)]);
  assert.deepEqual(
    parse(archive).map(({ entry }) => entry.name),
    ['right'],
  );
});

test('an archive without members, or without end marker, is accepted', () => {
  assert.deepEqual(parse(trailer), []);
  assert.deepEqual(parse(new Uint8Array()), []);
  assert.equal(parse(member({ name: 'a' }, Buffer.from('body'))).length, 1);
});

test('members of unknown kinds are skipped with their bodies', () => {
  const label = Buffer.from(member({ name: 'label' }, Buffer.alloc(600)));
  label.write('V', 156);
  fixChecksum(label);
  assert.deepEqual(
    parse(Buffer.concat([label, member({ name: 'a' }), trailer])).map(({ entry }) => entry.name),
    ['a'],
  );
});

test('numbers in base 256 are read', () => {
  const header = Buffer.from(encodeHeader(makeEntry({ name: 'a' })));
  header.fill(0, 108, 116);
  header[108] = 0x80;
  header.writeUInt32BE(3_000_000_000, 112);
  header.fill(0xff, 136, 148); // -1
  fixChecksum(header);
  const [told] = parse(Buffer.concat([header, trailer]));
  assert.equal(told?.entry.uid, 3_000_000_000);
  assert.equal(told.entry.mtime, -1);
});

function fixChecksum(header: Buffer): void {
  header.fill(0x20, 148, 156);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

function patched(change: (header: Buffer) => void, body = Buffer.alloc(0)): Buffer {
  const archive = Buffer.from(member({ name: 'victim' }, body));
  change(archive);
  fixChecksum(archive);
  return Buffer.concat([archive, trailer]);
}

function extended(records: string): Buffer {
  const header = Buffer.from(member({ name: 'pax' }, Buffer.from(records, 'latin1')));
  header.write('x', 156);
  fixChecksum(header);
  return Buffer.concat([header, member({ name: 'victim' }), trailer]);
}

const broken: readonly [what: string, archive: Uint8Array, message: RegExp][] = [
  ['no archive', randomBytes(2048).fill(1, 0, 1), /wrong header checksum at byte 0$/],
  ['text', Buffer.from('hello world\n'.repeat(100)), /at byte 0$/],
  ['truncated header', member({ name: 'a' }).subarray(0, 300), /unexpected end at byte 300/],
  [
    'truncated body',
    member({ name: 'a' }, Buffer.alloc(2000)).subarray(0, 1024),
    /unexpected end at byte 1024 \(after "a"\)/,
  ],
  [
    'second header damaged',
    Buffer.concat([member({ name: 'a' }), randomBytes(512)]),
    /at byte 512 \(after "a"\)/,
  ],
  [
    'lone zero block',
    Buffer.concat([Buffer.alloc(512), member({ name: 'a' }), trailer]),
    /lone block of zeros at byte 512/,
  ],
  ['octal with letters', patched((it) => it.write('0000z', 108)), /malformed octal/],
  ['negative size', patched((it) => it.fill(0xff, 124, 136)), /negative size/],
  ['huge size', patched((it) => it.fill(0x7f, 125, 136).writeUInt8(0x80, 124)), /out of range/],
  ['uid out of range', patched((it) => it.fill(0x7f, 109, 116).writeUInt8(0x80, 108)), /out of range/],
  [
    'huge extended header',
    patched((it) => it.write('x', 156).toString() && it.write('00010000000', 124)),
    /extended header too large/,
  ],
  [
    'dangling extended header',
    Buffer.concat([extended('11 path=ab\n').subarray(0, 1024), trailer]),
    /extended header without a member/,
  ],
  ['record too long', extended('99 path=ab\n'), /record of a wrong length/],
  ['record without end', extended('9 path=ab\n'), /record of a wrong length/],
  ['record without =', extended('11 path_ab\n'), /without "="/],
  ['record without length', extended('path=abcdefghijklmnop\n'), /malformed extended header/],
  ['bad pax size', extended('12 size=1e5\n'), /malformed number/],
  ['bad pax time', extended('13 mtime=now\n'), /malformed time/],
  ['NUL in name', extended('12 path=a\0b\n'), /NUL byte/],
  [
    'sparse out of order',
    extended(paxRecord('GNU.sparse.size', '10000') + paxRecord('GNU.sparse.map', '500,100,400,100')),
    /sparse map out of order/,
  ],
  [
    'sparse map of odd length',
    extended(paxRecord('GNU.sparse.size', '10000') + paxRecord('GNU.sparse.map', '500,100,4')),
    /malformed sparse map/,
  ],
  [
    'sparse without body',
    extended(paxRecord('GNU.sparse.size', '10000') + paxRecord('GNU.sparse.map', '500,100')),
    /sparse map of a wrong size/,
  ],
];

for (const [what, archive, message] of broken)
  test(`a broken archive is refused with its place: ${what}`, () => {
    assert.throws(
      () => parse(archive),
      (error: { kind: string; message: string }) => {
        assert.equal(error.kind, 'invalid');
        assert.match(error.message, /^invalid tar archive: .* at byte \d+/);
        assert.match(error.message, message);
        return true;
      },
    );
  });

test('any damage gives an error or entries, never anything else', () => {
  const archive = Buffer.concat([...odd.map((entry) => encodeHeader(entry)), trailer]);
  for (let i = 0; i < 300; i++) {
    const damaged = Buffer.from(archive);
    const at = (i * 7919) % archive.length;
    damaged[at] = (damaged[at] as number) ^ (1 << (i % 8));
    try {
      parse(damaged);
    } catch (error) {
      assert.equal((error as { kind: string }).kind, 'invalid');
    }
  }
});

test('an archive may end without the padding of its last member', () => {
  const names: string[] = [];
  const parser = new TarParser({ entry: ({ name }) => names.push(name), data() {}, entryEnd() {} });
  parser.push(member({ name: 'a' }, Buffer.alloc(700)).subarray(0, 512 + 700));
  parser.end();
  assert.deepEqual(names, ['a']);
});
