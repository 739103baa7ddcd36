import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parallelOf } from './parallel.ts';

const of = (flag?: string, variable?: string): number | undefined =>
  parallelOf({
    globals: { parallel: flag } as never,
    env: variable === undefined ? {} : { COMPOSE_PARALLEL_LIMIT: variable },
  });

test('the flag counts before the variable; less than one is without limit', () => {
  assert.deepEqual(
    [of(), of('4'), of(undefined, '3'), of('2', '3'), of('-1'), of(undefined, '0')],
    [undefined, 4, 3, 2, Infinity, Infinity],
  );
});

test('what is no number is refused by name', () => {
  assert.throws(() => of('many'), /invalid argument "many" for "--parallel" flag/);
  assert.throws(() => of(undefined, 'x'), /COMPOSE_PARALLEL_LIMIT must be an integer/);
});
