import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { completeOutputs, parseOutput } from './outputs.ts';

const parse = (value: string) => parseOutput(value, '/none');

test('outputs in short and in full', () => {
  assert.deepEqual(parse('out'), { type: 'local', attributes: {}, dest: '/none/out' });
  assert.deepEqual(parse('-'), { type: 'tar', attributes: {}, dest: '-' });
  assert.deepEqual(parse('type=tar,dest=f'), { type: 'tar', attributes: {}, dest: '/none/f' });
  assert.deepEqual(parse('type=oci'), { type: 'oci', attributes: {}, dest: '-' });
  assert.deepEqual(parse('type=oci,tar=false,dest=/d'), {
    type: 'oci',
    attributes: { tar: 'false' },
    dest: '/d',
  });
  assert.deepEqual(parse('type=docker'), { type: 'image', attributes: {} });
  assert.deepEqual(parse('type=registry,name=x'), { type: 'image', attributes: { push: 'true', name: 'x' } });
  assert.deepEqual(parse('type=cacheonly'), { type: 'cacheonly', attributes: {} });
});

test('places that an output can not have', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lade-outputs-'));
  try {
    writeFileSync(join(folder, 'f'), '');
    assert.throws(() => parseOutput('f', folder), /destination directory .*\/f is a file/);
    assert.throws(() => parseOutput(`type=oci,dest=${folder}`, folder), /destination file .* is a directory/);
    assert.throws(() => parse('type=local'), { message: 'dest is required for local output' });
    assert.throws(() => parse('type=local,dest=-'), { message: 'dest cannot be stdout for local output' });
    assert.throws(() => parse('dest=x,y=z'), { message: 'type is required for output' });
    assert.throws(() => parse('type=oci,x'), { message: 'invalid value x' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('names, annotations and pushes go to the outputs that can have them', () => {
  const wishes = { tags: ['a', 'b'], push: false, annotations: { 'annotation.x': 'y' } };
  assert.deepEqual(completeOutputs([], wishes), [
    { type: 'image', attributes: { 'annotation.x': 'y', name: 'a,b' } },
  ]);
  assert.deepEqual(completeOutputs([parse('type=cacheonly')], wishes), []);
  const loaded = completeOutputs([parse('out')], { ...wishes, load: true, annotations: {} });
  assert.deepEqual(loaded[1], { type: 'image', attributes: { name: 'a,b' } });
  const pushed = completeOutputs([parse('out')], { ...wishes, push: true, annotations: {} });
  assert.deepEqual(pushed, [
    { type: 'local', attributes: {}, dest: '/none/out' },
    { type: 'image', attributes: { name: 'a,b', push: 'true' } },
  ]);
});
