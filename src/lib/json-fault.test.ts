import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonFault } from './json-fault.ts';

test('what is wrong with a JSON text is told as Docker 28 tells it', () => {
  const faults: [string, string][] = [
    ['{invalid json', "invalid JSON: invalid character 'i' looking for beginning of object key string"],
    ['{} trailing', 'unexpected content after JSON'],
    ['null null', 'unexpected content after JSON'],
    ['{', 'invalid JSON: unexpected EOF'],
    ['{"a":1,', 'invalid JSON: unexpected EOF'],
    ['{"a":1,}', "invalid JSON: invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid JSON: invalid character '2' after array element"],
    ['{"a" 1}', "invalid JSON: invalid character '1' after object key"],
    ['{"a":1]', "invalid JSON: invalid character ']' after object key:value pair"],
    ['{"a":1.5e+3x}', "invalid JSON: invalid character 'x' after object key:value pair"],
    ['{"a":01}', "invalid JSON: invalid character '1' after object key:value pair"],
    ['trux', "invalid JSON: invalid character 'x' in literal true (expecting 'e')"],
    ['nul', 'invalid JSON: unexpected EOF'],
    ['"a\nb"', String.raw`invalid JSON: invalid character '\n' in string`],
    [String.raw`"a\x"`, 'invalid JSON: invalid escape sequence `\\x` in string'],
    [String.raw`"\u12g"`, 'invalid JSON: invalid escape sequence `\\u12g"` in string'],
    [String.raw`"\u12`, 'invalid JSON: unexpected EOF'],
    ['-a', "invalid JSON: invalid character 'a' in numeric literal"],
    ['1.a', "invalid JSON: invalid character 'a' in numeric literal"],
    ['1e', 'invalid JSON: unexpected EOF'],
    ["{'a':1}", String.raw`invalid JSON: invalid character '\'' looking for beginning of object key string`],
    ['{"a":é}', "invalid JSON: invalid character 'é' looking for beginning of value"],
    ['{"a":\u0001}', String.raw`invalid JSON: invalid character '\x01' looking for beginning of value`],
    ['[[], {}, -0.5, "\\u00e9", tru]', "invalid JSON: invalid character ']' in literal true (expecting 'e')"],
  ];
  for (const [text, message] of faults) {
    assert.throws(() => void JSON.parse(text), SyntaxError, text);
    assert.equal(jsonFault(text).message, message, text);
  }
});
