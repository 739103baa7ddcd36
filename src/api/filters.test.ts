import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesText, parseFilters } from './filters.ts';

const query = (filters: string): URLSearchParams => new URLSearchParams({ filters });
const known = ['label', 'label!', 'name', 'dangling'];

test('reads both forms that clients send', () => {
  for (const text of ['{"label":{"a=b":true,"c":true}}', '{"label":["a=b","c"]}'])
    assert.deepEqual(parseFilters(query(text), known).get('label'), ['a=b', 'c']);
  assert.deepEqual(parseFilters(query('{"name":{"x":false}}'), known).get('name'), []);
  assert.equal(parseFilters(new URLSearchParams(), known).has('name'), false);
});

test('refuses what is no filter, and names that are not known', () => {
  assert.throws(() => parseFilters(query('{"nope":["x"]}'), known), { message: "invalid filter 'nope'" });
  for (const text of ['x', '[]', '{"name":"x"}', '{"name":[1]}', '{"name":{"x":1}}', '{"name":'])
    assert.throws(() => parseFilters(query(text), known), /^EngineError: invalid filter/);
});

test('labels must all match, and none of the negative ones', () => {
  const labels = { a: '1', b: '2' };
  const matches = (text: string): boolean => parseFilters(query(text), known).labels(labels);
  assert.equal(matches('{"label":["a","b=2"]}'), true);
  assert.equal(matches('{"label":["a","b=3"]}'), false);
  assert.equal(matches('{"label!":["a=1"]}'), false);
  assert.equal(matches('{"label!":["a=2"]}'), true);
});

test('a yes-or-no filter takes only that', () => {
  const bool = (text: string): boolean | undefined => parseFilters(query(text), known).bool('dangling');
  assert.equal(bool('{"dangling":["true"]}'), true);
  assert.equal(bool('{"dangling":{"0":true}}'), false);
  assert.equal(bool('{}'), undefined);
  assert.throws(() => bool('{"dangling":["maybe"]}'), { message: "invalid filter 'dangling=[maybe]'" });
});

test('a client cannot hold up the engine with an expression', () => {
  const started = performance.now();
  assert.equal(matchesText('a'.repeat(64), '^(a+)+b$'), false);
  assert.equal(matchesText('a'.repeat(64), '^a*a*a*a*a*a*a*a*b$'), false);
  assert.ok(performance.now() - started < 500);
  assert.equal(matchesText('web-1', '^web'), true);
  assert.equal(matchesText('web[1', '[1'), true);
});
