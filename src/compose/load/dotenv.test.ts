import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDotenv } from './dotenv.ts';

const parse = (text: string, outer = {}) => parseDotenv('.env', text, { outer });

test('names, comments, quotes and exports', () => {
  const text = [
    '# comment',
    '',
    'A=1',
    'export B = two words # comment',
    "C='single $A'",
    'D="double $A\\n"',
    'E=',
    'F: yaml',
    'G=a#b',
  ].join('\n');
  assert.deepEqual(parse(text), {
    A: '1',
    B: 'two words',
    C: 'single $A',
    D: 'double 1\n',
    E: '',
    F: 'yaml',
    G: 'a#b',
  });
});

test('a quoted value may go over several lines', () =>
  assert.deepEqual(parse('KEY="a\nb"\nX=1'), { KEY: 'a\nb', X: '1' }));
test('the outer environment wins in references', () =>
  assert.deepEqual(parse('A=1\nB=${A}', { A: '2' }), { A: '1', B: '2' }));
test('a name alone takes its value from outside', () =>
  assert.deepEqual(parse('A\nB', { A: '2' }), { A: '2' }));
test('a byte order mark and CRLF do no harm', () =>
  assert.deepEqual(parse('\uFEFFA=1\r\nB=2\r\n'), { A: '1', B: '2' }));
test('what is wrong is told with its line', () =>
  assert.throws(() => parse('A=1\n!x=2'), /^ComposeError: \.env:2:1: unexpected/));
test('an open quote is told with its line', () =>
  assert.throws(() => parse('A="x'), /\.env:1:1: unterminated quoted value "x/));
test('each variable is told with its line', () => {
  const places: Record<string, number> = {};
  const onValue = (name: string, { line }: { line: number }): void => void (places[name] = line);
  parseDotenv('.env', '\nA=1\nB="x\ny"\n# C=2\n\nD\nE=$A', { outer: { D: '4' }, onValue });
  assert.deepEqual(places, { A: 2, B: 3, D: 7, E: 8 });
});
test('a variable of an earlier file counts in references until it is set again', () => {
  const text = 'B=$A\nA=2\nC=$A';
  assert.deepEqual(parseDotenv('.env', text, { known: { A: '1' } }), { A: '2', B: '1', C: '2' });
});
