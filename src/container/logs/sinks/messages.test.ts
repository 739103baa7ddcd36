import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bindSocket, openSocket, receive, SOCK } from '../../../kernel/socket.ts';
import { socketAddress } from '../../../kernel/unix-socket.ts';
import type { LogEntry } from '../../types.ts';
import { fieldName, formatJournald } from './journald-format.ts';
import { MessageSink } from './message-sink.ts';
import { openDatagramLine } from './packet-line.ts';
import { SinkPlace } from './sink-place.ts';
import { formatSyslog } from './syslog-format.ts';
import { checkSyslogOptions } from './syslog-options.ts';

const AF_UNIX = 1;
const entry = (text: string, stream: LogEntry['stream'] = 'stdout'): LogEntry => ({
  stream,
  time: '2026-08-01T02:03:04.123456789Z',
  data: Buffer.from(text),
});

test('messages reach a datagram socket in order, and each once', async () => {
  const dir = mkdtempSync('/tmp/lading-syslog-');
  const path = join(dir, 'log');
  const fd = openSocket(AF_UNIX, SOCK.DGRAM, 0);
  try {
    bindSocket(fd, socketAddress(path));
    const sink = new MessageSink(
      async () => openDatagramLine(path),
      ({ data }) => data,
      new SinkPlace(join(dir, 'place')),
    );
    const batch = ['a', 'b', 'c'].map((text, index) => ({
      entry: entry(text),
      place: { inode: 1, offset: index + 1 },
    }));
    await sink.write(batch.slice(0, 2));
    await sink.write(batch);
    sink.close();
    const buffer = Buffer.alloc(100);
    const got = batch.map(() => buffer.toString('utf8', 0, receive(fd, buffer)));
    assert.deepEqual(got, ['a', 'b', 'c']);
    const place = new SinkPlace(join(dir, 'place'));
    assert.deepEqual(place.read(), { source: { inode: 1, offset: 3 } });
    place.close();
  } finally {
    closeSync(fd);
    rmSync(dir, { recursive: true, force: true });
  }
});

test('syslog words a message as its format and address want', () => {
  const format = (options: Record<string, string>, stream: LogEntry['stream'] = 'stdout'): string =>
    formatSyslog(entry('hi\n', stream), 'tag', checkSyslogOptions(options));
  const pid = process.pid;
  assert.equal(format({}), `<30>Aug  1 02:03:04 tag[${pid}]: hi`);
  assert.equal(format({ 'syslog-facility': 'local3' }, 'stderr'), `<155>Aug  1 02:03:04 tag[${pid}]: hi`);
  assert.match(format({ 'syslog-address': 'udp://127.0.0.1:514' }), /^<30>2026-08-01T02:03:04Z \S+ tag\[/);
  assert.match(
    format({ 'syslog-format': 'rfc5424micro' }),
    /^<30>1 2026-08-01T02:03:04\.123456Z \S+ tag \d+ tag - hi$/,
  );
});

test("options of syslog are refused in Docker's words", () => {
  const cases: [string, string, string][] = [
    ['syslog-address', 'unix:///nope/nope', 'stat /nope/nope: no such file or directory'],
    ['syslog-address', 'bad', "unsupported scheme: ''"],
    ['syslog-address', 'foo://x', "unsupported scheme: 'foo'"],
    ['syslog-facility', 'x', 'invalid syslog facility'],
    ['syslog-format', 'x', 'Invalid syslog format'],
  ];
  for (const [name, value, message] of cases)
    assert.throws(() => checkSyslogOptions({ [name]: value }), { kind: 'invalid', message });
});

test('journald gets fields; a value of several lines goes with its length', () => {
  assert.equal(
    formatJournald(entry('hi\n', 'stderr'), { CONTAINER_NAME: 'c' }).toString(),
    'MESSAGE=hi\nCONTAINER_NAME=c\nPRIORITY=3\nSYSLOG_TIMESTAMP=2026-08-01T02:03:04.123456789Z\n',
  );
  const length = '\x03\0\0\0\0\0\0\0';
  assert.match(
    formatJournald(entry('part'), { X: 'a\nb' }).toString('latin1'),
    new RegExp(`^MESSAGE=part\nX\n${length}a\nb\nPRIORITY=6\n.*\nCONTAINER_PARTIAL_MESSAGE=true\n$`),
  );
  assert.equal(fieldName('__my.label-1'), 'MY_LABEL_1');
});
