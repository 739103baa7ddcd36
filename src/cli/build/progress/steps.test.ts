import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShownSteps } from './steps.ts';

function running(): { write: (text: string) => string[]; rest: () => string[] } {
  const steps = new ShownSteps(() => 0);
  steps.take({ type: 'plan', steps: [{ index: 1, name: 'RUN x', stage: 'a', file: 'Dockerfile', line: 1 }] });
  steps.take({ type: 'step-started', index: 1, name: '', cache: { hit: false, why: '' } });
  const texts = (lines: readonly (readonly [number, string])[]): string[] => lines.map(([, text]) => text);
  return {
    write(text) {
      const data = Buffer.from(text, 'latin1').toString('base64');
      const change = steps.take({ type: 'step-output', index: 1, stream: 'stdout', data });
      return change?.type === 'lines' ? texts(change.lines) : [];
    },
    rest() {
      const step = steps.all.get(1);
      assert.ok(step);
      return texts(steps.rest(step));
    },
  };
}

test('lines come whole, however they were written', () => {
  const { write, rest } = running();
  assert.deepEqual(write('one\r'), []);
  assert.deepEqual(write('\ntwo\n\nth'), ['one', 'two', '']);
  assert.deepEqual(write('r\u00c3'), []); // half of a letter
  assert.deepEqual(write('\u00a9e'), []);
  assert.deepEqual(rest(), ['thr\u00e9e']);
  assert.deepEqual(rest(), []);
});

test('a line of megabytes is told in pieces', () => {
  const { write, rest } = running();
  const pieces = Array.from({ length: 2000 }, () => write('x'.repeat(10_000))).flat();
  const lengths = [...pieces, ...rest()].map((text) => text.length);
  assert.ok(lengths.every((length) => length < 100_000));
  assert.equal(
    lengths.reduce((sum, length) => sum + length, 0),
    20_000_000,
  );
});
