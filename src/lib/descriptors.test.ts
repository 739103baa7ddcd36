import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { requireDescriptors } from './descriptors.ts';

test('work is refused while some files can still be opened', () => {
  requireDescriptors();
  requireDescriptors(1_000_000);
  const open = Array.from({ length: 200 }, () => openSync('/dev/null', 'r'));
  try {
    assert.throws(() => requireDescriptors(256), {
      kind: 'unavailable',
      message: /^too many open files: this engine may have 256 open\. .*LimitNOFILE=/,
    });
  } finally {
    open.forEach((fd) => closeSync(fd));
  }
  requireDescriptors(256);
});
