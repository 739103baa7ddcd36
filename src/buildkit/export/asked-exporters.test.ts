import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SolveRequest } from '../message-types.ts';
import { checkExporters } from './asked-exporters.ts';

const check = (Type: string, Attrs: Record<string, string> = {}): void =>
  checkExporters({
    Exporters: [
      { Type: 'cacheonly', Attrs: {} },
      { Type, Attrs },
    ],
  } as unknown as SolveRequest);

test('outputs that can not be are refused before anything is built', () => {
  for (const [type, attributes, message] of [
    ['floppy', {}, /^exporter "floppy" could not be found$/],
    ['image', { name: 'UPPER' }, /must be lowercase/],
    ['image', { push: 'maybe' }, /non-bool value specified for push: "maybe"/],
    ['oci', { compression: 'lzma' }, /unsupported compression type "lzma"/],
    ['docker', { 'annotation-wrong.a': 'b' }, /invalid annotation/],
    ['tar', { 'source-date-epoch': 'abc' }, /invalid source-date-epoch/],
  ] as const)
    assert.throws(() => check(type, attributes), { message });
});

test('members that another kind of output has are no matter', () => {
  check('local', { compression: 'lzma', name: 'UPPER' });
  check('image', { name: 'a,b:1', push: 'true', 'annotation.a': 'b', compression: 'zstd' });
});
