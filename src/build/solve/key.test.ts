import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chainIdOf, digestOf } from '../../oci/digest.ts';
import { baseKey, withLayer } from './key.ts';

test('the identity of a stack that grew layer by layer is that of the whole', () => {
  const layers = ['a', 'b', 'c'].map((text) => digestOf(text));
  let stack = { layers: [] as readonly ReturnType<typeof digestOf>[] };
  assert.equal(baseKey(stack), '');
  for (const [index, layer] of layers.entries()) {
    stack = { layers: withLayer(stack, layer) };
    assert.deepEqual(stack.layers, layers.slice(0, index + 1));
    assert.equal(baseKey(stack), chainIdOf(stack.layers));
  }
  assert.equal(baseKey({ layers }), baseKey(stack));
});
