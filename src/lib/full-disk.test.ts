import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { before, test } from 'node:test';
import { internal, messageOf } from './errors.ts';
import { fullDisk, writesTo } from './full-disk.ts';

const told =
  /^no space left on device \(left: \d+ MB in \/tmp\); make room, for example with "lade system prune"$/;

before(() => writesTo('/tmp'));

test('of a full disk the room that is left is told, and what helps', () => {
  const fd = openSync('/dev/full', 'w');
  try {
    writeSync(fd, 'x');
    assert.fail('/dev/full takes something');
  } catch (error) {
    assert.match(messageOf(error), told);
  } finally {
    closeSync(fd);
  }
  const database = Object.assign(new Error('database or disk is full'), {
    code: 'ERR_SQLITE_ERROR',
    errcode: 13,
  });
  assert.match(messageOf(database), told);
});

test('what a worker or a program said of it keeps its beginning', () => {
  const text = messageOf(internal('Cannot extract layer: mkdir /x: no space left on device'));
  assert.match(text, /^Cannot extract layer: mkdir \/x: no space left on device \(left: /);
  assert.equal(messageOf(internal(text)), text);
});

test('a file that could not be made is named', () => {
  const error = new Error("ENOSPC: no space left on device, open '/a/b'");
  assert.match(fullDisk(error) ?? '', /^\/a\/b: no space left on device \(left: /);
});

test('other errors are left alone', () => {
  const watches = new Error('ENOSPC: System limit for number of file watchers reached, watch');
  for (const error of [watches, new Error('out of room'), internal('no space left on device, they say')])
    assert.equal(fullDisk(error), undefined);
});
