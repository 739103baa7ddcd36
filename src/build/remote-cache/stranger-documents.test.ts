import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descriptorOf, objectOf } from './stranger-documents.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test('documents that are no object, and members that name no blob, are refused with their place', () => {
  for (const text of ['', '{', 'null', '5', '[]', '"x"'])
    assert.throws(() => objectOf(Buffer.from(text), 'oci-layout://x'), {
      kind: 'invalid',
      message: /^oci-layout:\/\/x: no /,
    });
  const good = { mediaType: 'm', digest, size: 5, platform: { os: 'linux' } };
  assert.deepEqual(descriptorOf(good, 'x'), good);
  for (const bad of [null, 5, {}, { ...good, digest: '../x' }, { ...good, size: -1 }, { ...good, size: '5' }])
    assert.throws(() => descriptorOf(bad, 'x'), { kind: 'invalid' });
});
