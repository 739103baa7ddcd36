import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAgent } from '../../client/build/agents.ts';
import { parseNamed, parseSecret } from './client-flags.ts';

test('secrets', () => {
  assert.deepEqual(parseSecret('id=a,src=/f'), { id: 'a', source: { file: '/f' } });
  assert.deepEqual(parseSecret('id=a,"src=/f,g"'), { id: 'a', source: { file: '/f,g' } });
  assert.deepEqual(parseSecret('id=a,env=B'), { id: 'a', source: { env: 'B' } });
  assert.deepEqual(parseSecret('type=env,id=a,src=B'), { id: 'a', source: { env: 'B' } });
  assert.deepEqual(parseSecret('id=a'), { id: 'a', source: undefined });
  assert.throws(() => parseSecret('src=/f'), { message: 'secret missing id' });
  assert.throws(() => parseSecret('id=a,x=y'), { message: "unexpected key 'x' in 'x=y'" });
  assert.throws(() => parseSecret('id=a,type=z'), { message: 'unsupported secret type "z"' });
});

test('agents and named contexts', () => {
  assert.deepEqual(parseAgent('default'), { id: 'default' });
  assert.deepEqual(parseAgent('id=/s'), { id: 'id', paths: ['/s'] });
  assert.deepEqual(parseNamed('a=b=c'), ['a', 'b=c']);
  assert.throws(() => parseNamed('a'), { message: 'invalid context value: a, expected key=value' });
});
