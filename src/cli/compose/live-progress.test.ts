import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComposeProgress } from '../../compose/progress.ts';
import { listLines, LiveProgress } from './live-progress.ts';

const step = (name: string, state: ComposeProgress['state']) => ({
  kind: 'Container' as const,
  name,
  status: state === 'done' ? 'Started' : 'Starting',
  state,
  since: 0,
  ...(state === 'done' && { until: 1500 }),
});
const screen = { columns: 80, rows: 10, colors: false, title: 'Running' };

test('steps stand in columns with the time that they took', () => {
  assert.deepEqual(listLines([step('a', 'done'), step('longer', 'working')], 2000, screen), [
    '[+] Running 1/2',
    ' ✔ Container a       Started    1.5s',
    ' ⠿ Container longer  Starting   2.0s',
  ]);
});

test('a list that is longer than the screen shows what is at work', () => {
  const steps = [
    ...Array.from({ length: 20 }, (_, index) => step(`done-${index}`, 'done')),
    step('late', 'working'),
  ];
  const lines = listLines(steps, 0, screen);
  assert.equal(lines[0], '[+] Running 20/21');
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? '', /late/);
  const narrow = listLines([step('x'.repeat(100), 'working')], 0, { ...screen, columns: 40 });
  assert.ok((narrow[1] ?? '').length <= 40);
});

test('the list is drawn over itself, and what is told meanwhile stays above', () => {
  let written = '';
  const out = { write: (text: string) => (written += text) } as unknown as NodeJS.WritableStream;
  const live = new LiveProgress(out, { colors: false, title: 'Running' });
  live.update(step('a', 'working'));
  live.update(step('a', 'done'));
  live.print('WARN something');
  live.end();
  assert.ok(written.includes('\u001b[2A\u001b[JWARN')); // two lines up, erased from there on
  assert.match(written, /^\[\+\] Running 0\/1\n/);
  assert.match(written, /WARN something\n\[\+\] Running 1\/1\n/);
});
