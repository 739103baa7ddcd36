import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { resolveOwner, unknownOwnerText } from './owner.ts';

const root = mkdtempSync('/tmp/lading-owner-');
after(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, 'etc'));
writeFileSync(
  join(root, 'etc/passwd'),
  'root:x:0:0::/root:/bin/sh\nweb:x:33:34::/:/bin/sh\nroot2:x:0:0::/:/bin/sh\n',
);
writeFileSync(join(root, 'etc/group'), 'root:x:0:\nstaff:x:50:\n');

// as BuildKit 0.25 does each of them
for (const [text, uid, gid, ...unknown] of [
  ['web', 33, 34],
  ['web:staff', 33, 50],
  ['web:', 33, 0],
  ['7', 7, 7],
  ['7:', 7, 0],
  ['+7:staff', 7, 50],
  [':staff', 0, 50],
  ['', 0, 0],
  ['nope', 0, 0, 'user nope'],
  ['nope:9', 0, 9, 'user nope'],
  ['nope:staff', 0, 50, 'user nope'],
  ['web:nogrp', 33, 34, 'group nogrp'],
  ['7:nogrp', 7, 7, 'group nogrp'],
  ['7:8:9', 7, 7, 'group 8:9'],
  ['nope:nogrp', 0, 0, 'user nope', 'group nogrp'],
  ['2147483648', 0, 0, 'user 2147483648'],
] as const)
  test(`--chown=${text} is ${uid}:${gid}`, () => {
    assert.deepEqual(resolveOwner(root, text), { uid, gid, ...(unknown.length > 0 && { unknown }) });
  });

test('root is known where there are no accounts, others are not', () => {
  const empty = join(root, 'empty');
  mkdirSync(empty);
  assert.deepEqual(resolveOwner(empty, 'root:root'), { uid: 0, gid: 0 });
  assert.deepEqual(resolveOwner(empty, 'web:9'), { uid: 0, gid: 9, unknown: ['user web'] });
});

test('a warning names who is not there, who it is instead, and the fix', () => {
  assert.equal(
    unknownOwnerText(resolveOwner(root, 'nope:nogrp'), 'what it copies'),
    'the image has no user nope and no group nogrp: what it copies belongs to 0:0. Add the two above this line, or write a number',
  );
});
