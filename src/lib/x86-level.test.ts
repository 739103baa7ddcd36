import assert from 'node:assert/strict';
import { test } from 'node:test';
import { levelOf } from './x86-level.ts';

const second = ['cx16', 'lahf_lm', 'popcnt', 'pni', 'sse4_1', 'sse4_2', 'ssse3'];
const third = ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'];

test('a level is reached with all of its flags and those below it', () => {
  assert.equal(levelOf(new Set()), 'v1');
  assert.equal(levelOf(new Set(second)), 'v2');
  assert.equal(levelOf(new Set(third)), 'v1');
  assert.equal(levelOf(new Set([...second, ...third, 'avx512f'])), 'v3');
});
