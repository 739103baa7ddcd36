import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goJson } from './go-json.ts';
import { goYaml } from './go-yaml.ts';

/** Text and what Go's yaml.v3 writes for it. */
const texts: readonly (readonly [text: string, yaml: string])[] = [
  ['plain text', 'plain text'],
  ['', '""'],
  ['yes', '"yes"'],
  ['n', '"n"'],
  ['~', '"~"'],
  ['<<', '<<'],
  ['0x1F', '"0x1F"'],
  ['0xffffffffffffffff1', '0xffffffffffffffff1'],
  ['1_0', '"1_0"'],
  ['22:22', '"22:22"'],
  ['2001-01-01', '"2001-01-01"'],
  ['a: b', "'a: b'"],
  ["it's", "it's"],
  ["- it's", "'- it''s'"],
  ['# a', "'# a'"],
  ['a #b', "'a #b'"],
  ['a#b', 'a#b'],
  [' a', "' a'"],
  ['\u00a0', '\u00a0'],
  ['é 日本', 'é 日本'],
  ['😀', '"\\U0001F600"'],
  ['tab\there', '"tab\\there"'],
  ['bell\u0007', '"bell\\a"'],
  ['one\ntwo', '|-\n  one\n  two'],
  ['one\n', '|\n  one'],
  ['one\n\n', '|+\n  one\n'],
  ['\n one', '|2-\n\n   one'],
  ['one \ntwo', '"one \\ntwo"'],
];
for (const [text, yaml] of texts)
  test(`${JSON.stringify(text)} is written as Go does`, () =>
    assert.equal(goYaml(new Map([['k', text]])), `k: ${yaml}\n`));

test('collections stand below their key, empty ones beside it', () => {
  const document = new Map<string, Parameters<typeof goJson>[0]>([
    [
      'list',
      [
        'a',
        new Map([
          ['b', 1],
          ['c', null],
        ]),
        ['d'],
        [],
      ],
    ],
    ['map', new Map([['x', new Map()]])],
    ['float', 1e-5],
  ]);
  assert.equal(
    goYaml(document),
    'list:\n  - a\n  - b: 1\n    c: null\n  - - d\n  - []\nmap:\n  x: {}\nfloat: 1e-05\n',
  );
});

test('JSON escapes what HTML would read', () =>
  assert.equal(goJson(new Map([['a', '<&>\u2028']])), '{"a":"\\u003c\\u0026\\u003e\\u2028"}'));
