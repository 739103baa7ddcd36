import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openInRoot } from './open-in-root.ts';

let root: string;
before(() => {
  root = mkdtempSync('/tmp/ladr-open-');
  mkdirSync(join(root, 'in/etc'), { recursive: true });
  writeFileSync(join(root, 'secret'), 'outside');
  writeFileSync(join(root, 'in/etc/secret'), 'inside');
  symlinkSync('../secret', join(root, 'in/up'));
  symlinkSync('/etc/secret', join(root, 'in/absolute'));
  symlinkSync('loop', join(root, 'in/loop'));
});
after(() => rmSync(root, { recursive: true }));

function read(path: string): string {
  const fd = openInRoot(join(root, 'in'), path, constants.O_RDONLY);
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

test('links and dots are resolved as below a root of one’s own', () => {
  assert.equal(read('absolute'), 'inside');
  assert.equal(read('/absolute'), 'inside');
  assert.equal(read('../../etc/secret'), 'inside');
  assert.throws(() => read('up'), { code: 'ENOENT' });
  assert.throws(() => read('../secret'), { code: 'ENOENT' });
  assert.throws(() => read('loop'), { code: 'ELOOP' });
});
