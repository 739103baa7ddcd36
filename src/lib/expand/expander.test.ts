import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expand } from './expander.ts';

const variables: Record<string, string> = {
  A: 'a',
  EMPTY: '',
  PATH: '/usr/bin:/bin',
  FILE: 'archive.tar.gz',
  SPACED: 'one two',
  U_1: 'u',
};
const lookup = (name: string): string | undefined => variables[name];

const words: readonly [text: string, expected: string][] = [
  ['plain', 'plain'],
  ['$A', 'a'],
  ['${A}', 'a'],
  ['$A$A-$A', 'aa-a'],
  ['${A}b', 'ab'],
  ['$U_1', 'u'],
  ['$U_1x', ''],
  ['$UNSET', ''],
  ['$', '$'],
  ['a$', 'a$'],
  ['$ a', '$ a'],
  ['\\$A', '$A'],
  ['\\\\$A', '\\a'],
  ['a\\', 'a'],
  ['a\\b', 'ab'],
  ["'$A'", '$A'],
  ["'\\'", '\\'],
  ['"$A"', 'a'],
  ['"\\$A"', '$A'],
  ['"\\""', '"'],
  ['"\\n"', '\\n'],
  ['"\'$A\'"', "'a'"],
  ['a"b c"d', 'ab cd'],
  ["a'b c'd", 'ab cd'],
  ['${A:-x}', 'a'],
  ['${UNSET:-x}', 'x'],
  ['${EMPTY:-x}', 'x'],
  ['${EMPTY-x}', ''],
  ['${UNSET-x}', 'x'],
  ['${UNSET:-$A}', 'a'],
  ['${UNSET:-${EMPTY:-deep}}', 'deep'],
  ['${UNSET:-"x y"}', 'x y'],
  ["${UNSET:-'}'}", '}'],
  ['${UNSET:-\\}}', '}'],
  ['${A:+x}', 'x'],
  ['${EMPTY:+x}', ''],
  ['${EMPTY+x}', 'x'],
  ['${UNSET+x}', ''],
  ['${A:?no}', 'a'],
  ['${A?no}', 'a'],
  ['${EMPTY?no}', ''],
  ['${FILE#*.}', 'tar.gz'],
  ['${FILE##*.}', 'gz'],
  ['${FILE%.*}', 'archive.tar'],
  ['${FILE%%.*}', 'archive'],
  ['${FILE#x}', 'archive.tar.gz'],
  ['${FILE#archive}', '.tar.gz'],
  ['${FILE%g?}', 'archive.tar.'],
  ['${FILE#\\*}', 'archive.tar.gz'],
  ['${UNSET#x}', ''],
  ['${PATH/bin/sbin}', '/usr/sbin:/bin'],
  ['${PATH//bin/sbin}', '/usr/sbin:/sbin'],
  ['${PATH//b*n/x}', '/usr/x'],
  ['${PATH/bin/}', '/usr/:/bin'],
  ['${PATH//\\//-}', '-usr-bin:-bin'],
  ['${FILE/./\\/}', 'archive\\/tar.gz'],
  ['${FILE/$EMPTY/x}', 'xarchive.tar.gz'],
  ['${A//*/x}', 'x'],
  ['${A//$EMPTY/-}', '-a-'],
  ['${EMPTY/*/x}', 'x'],
  ['${FILE/./$A}', 'archiveatar.gz'],
  ['${1}', ''],
  ['$1a', 'a'],
  ['$12a', 'a'],
  ['${12:-x}', 'x'],
  ['$Aé', ''],
  ['\u{1F600}$A', '\u{1F600}a'],
];

for (const [text, expected] of words)
  test(`expands ${text}`, () => assert.equal(expand(text, { escape: '\\', lookup }).word, expected));

const split: readonly [text: string, expected: string[]][] = [
  ['$SPACED', ['one', 'two']],
  ['"$SPACED"', ['one two']],
  ['a$SPACED b', ['aone', 'two', 'b']],
  ['$EMPTY', []],
  ['""', ['']],
  ['a\\ b', ['a b']],
  ['${UNSET:-x y}', ['x', 'y']],
];

for (const [text, expected] of split)
  test(`splits ${text}`, () => assert.deepEqual(expand(text, { escape: '\\', lookup }).words, expected));

const bad: readonly [text: string, message: string][] = [
  ['${', "syntax error: missing '}'"],
  ['${A', "syntax error: missing '}'"],
  ['${}', 'syntax error: bad substitution'],
  ['${:x}', 'syntax error: bad substitution'],
  ['${A:x}', 'unsupported modifier (:x) in substitution'],
  ['${A:#x}', 'unsupported modifier (:#) in substitution'],
  ['${A!x}', 'unsupported modifier (!) in substitution'],
  ['${A:-x', "syntax error: missing '}'"],
  ['${A/x}', "syntax error: missing '/' in ${}"],
  ['${A#\\x}', "invalid pattern (\\x) in substitution: invalid escape '\\x'"],
  ['${UNSET:?}', 'UNSET: is not allowed to be unset'],
  ['${EMPTY:?}', 'EMPTY: is not allowed to be empty'],
  ['${UNSET?give it}', 'UNSET: give it'],
  ["'a", 'unexpected end of statement while looking for matching single-quote'],
  ['"a', 'unexpected end of statement while looking for matching double-quote'],
];

for (const [text, message] of bad)
  test(`refuses ${text}`, () => assert.throws(() => expand(text, { escape: '\\', lookup }), { message }));

test('refuses what would fill the memory, the stack or the time of the engine', () => {
  const long = (name: string): string | undefined => (name === 'A' ? 'a'.repeat(200_000) : undefined);
  const refused = (text: string, message: RegExp): void =>
    assert.throws(() => expand(text, { escape: '\\', lookup: long }), { name: 'Error', message });
  refused('$A'.repeat(6), /expands to more than 1 MiB/);
  refused('"${A}${A}${A}${A}${A}${A}"', /expands to more than 1 MiB/);
  refused('${A//a/xxxxxxxxxx}', /expands to more than 1 MiB/);
  refused('${A//*a*a*b/x}', /takes too long/);
  refused('${B:-'.repeat(3000) + '}'.repeat(3000), /nested more than 100 deep/);
  assert.equal(expand('${A//a/xx}', { escape: '\\', lookup: long }).word.length, 400_000);
});

test('follows the escape directive', () => {
  assert.equal(expand('`$A\\$A', { escape: '`', lookup }).word, '$A\\a');
});

test('keeps quotes in the content of here-documents', () => {
  assert.equal(
    expand(`"$A" '$A' \\$A \\\\ \\n\n`, { escape: '\\', lookup, raw: true }).word,
    `"a" 'a' $A \\ n\n`,
  );
});

test('tells the names that are not set', () => {
  const names: string[] = [];
  expand('$A $B ${C:-x} ${D%x}', { escape: '\\', lookup, onUnset: (name) => names.push(name) });
  assert.deepEqual(names, ['B', 'C', 'D']);
});
