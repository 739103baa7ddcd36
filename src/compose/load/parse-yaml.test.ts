import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateFile } from './validate.ts';
import { ComposeError, formatProblems } from './compose-error.ts';
import { parseYaml } from './parse-yaml.ts';
import { mapTree } from './tree.ts';
import { yamlText } from './yaml-text.ts';

const refuses = (text: string, message: string): void =>
  assert.throws(
    () => parseYaml('f', text),
    (error) => error instanceof ComposeError && error.message === message,
  );

test('anchors that make much of little are refused where they do', () => {
  const layers = Array.from({ length: 10 }, (_, index) => {
    const above = String.fromCodePoint(96 + index);
    return `x-${index}: &${String.fromCodePoint(97 + index)} [${Array(10)
      .fill(index === 0 ? 'lol' : `*${above}`)
      .join(', ')}]`;
  });
  assert.throws(() => parseYaml('f', layers.join('\n')), /^ComposeError: f:\d+:\d+: aliases make more than/);
  const [fine] = parseYaml('f', layers.slice(0, 4).join('\n'));
  assert.equal(fine?.kind, 'map');
});

test('what is nested without end is refused', () => {
  refuses(`x: ${'['.repeat(20_000)}`, 'f:1:1: nested too deeply to be read');
  const lines = Array.from({ length: 6000 }, (_, depth) => `${' '.repeat(depth)}a:`);
  refuses(lines.join('\n'), 'f:1:1: nested too deeply to be read');
  refuses('x: &a [*a]', 'f:1:7: nested deeper than 60 levels: does an anchor hold itself?');
});

test('text is UTF-8, or UTF-16 with its mark, without control characters', () => {
  const text = 'a: é\n';
  assert.equal(yamlText('f', Buffer.from(text)), text);
  assert.equal(yamlText('f', Buffer.from(`\uFEFF${text}`, 'utf16le')), text);
  assert.equal(yamlText('f', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()), text);
  const wrong = (bytes: Buffer, message: string): void =>
    assert.throws(() => yamlText('f', bytes), { message });
  wrong(
    Buffer.from('a: b\nc: \0d'),
    'f:2:4: control characters are not allowed: write "\\x00" in double quotes',
  );
  wrong(Buffer.from('a: b\nc: é', 'latin1'), 'f:2:4: not UTF-8: save the file in that encoding');
});

test('a key of a megabyte is told in short, and at once', () => {
  const key = 'k'.repeat(1_000_000);
  const [tree] = parseYaml('f', `services: {a: {image: x, ? "${key}" : 1}}`);
  try {
    validateFile(tree ?? mapTree({ file: 'f', line: 1, column: 1 }, []), {
      warn: () => {},
      note: () => {},
      skip: new Set(),
    });
    assert.fail('it was taken');
  } catch (error) {
    assert.ok(error instanceof ComposeError);
    assert.ok(formatProblems(error, '/').length < 1000);
  }
});
