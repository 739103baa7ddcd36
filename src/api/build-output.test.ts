import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BuildEvent } from '../build/types.ts';
import { digestOf } from '../oci/digest.ts';
import { ClassicBuildOutput } from './build-output.ts';

const imageId = digestOf('image');
const short = imageId.slice(7, 19);
const step = (index: number, name: string) => ({ index, name, stage: '', file: 'Dockerfile', line: index });
const miss = { hit: false, why: 'new' } as const;

function told(events: BuildEvent[], quiet = false): object[] {
  const lines: object[] = [];
  const output = new ClassicBuildOutput((line) => lines.push(line), { quiet });
  for (const event of events) output.onEvent(event);
  output.flush();
  return lines;
}

test("tells a build in the classic builder's lines", () => {
  const lines = told([
    { type: 'plan', steps: [step(1, 'FROM x'), step(2, 'RUN y')] },
    { type: 'step-started', index: 1, name: 'FROM x', cache: { hit: true } },
    { type: 'step-ended', index: 1, milliseconds: 1, imageId },
    { type: 'step-started', index: 2, name: 'RUN y', cache: miss },
    { type: 'step-output', index: 2, stream: 'stdout', data: Buffer.from('out\n') },
    { type: 'step-output', index: 2, stream: 'stderr', data: Buffer.from('err') },
    { type: 'step-ended', index: 2, milliseconds: 1, imageId },
    { type: 'done', imageId, tags: ['a:latest'], buildId: 'b1' },
  ]);
  assert.deepEqual(lines, [
    { stream: 'Step 1/2 : FROM x' },
    { stream: '\n' },
    { stream: ` ---> ${short}\n` },
    { stream: 'Step 2/2 : RUN y' },
    { stream: '\n' },
    { stream: 'out\n' },
    { stream: '\u001b[91merr\u001b[0m' },
    { stream: ` ---> ${short}\n` },
    { aux: { ID: imageId } },
    { stream: `Successfully built ${short}\n` },
    { stream: 'Successfully tagged a:latest\n' },
  ]);
});

test('a download before its step begins is told at once, and is not its turn', () => {
  const lines = told([
    { type: 'plan', steps: [step(1, 'A'), step(2, 'B')] },
    { type: 'step-progress', index: 2, id: 'abc', status: 'Pull complete' },
    { type: 'step-started', index: 1, name: 'A', cache: miss },
    { type: 'step-ended', index: 1, milliseconds: 1 },
    { type: 'step-started', index: 2, name: 'B', cache: miss },
    { type: 'step-ended', index: 2, milliseconds: 1 },
  ]);
  assert.match(JSON.stringify(lines), /Pull complete.*Step 1\/2.*Step 2\/2/);
});

test('steps that run in parallel are told one after the other', () => {
  const output = (index: number, text: string): BuildEvent => ({
    type: 'step-output',
    index,
    stream: 'stdout',
    data: Buffer.from(text),
  });
  const lines = told([
    { type: 'plan', steps: [step(1, 'A'), step(2, 'B')] },
    { type: 'step-started', index: 1, name: 'A', cache: miss },
    { type: 'step-started', index: 2, name: 'B', cache: miss },
    output(2, 'b'),
    output(1, 'a'),
    { type: 'step-ended', index: 2, milliseconds: 1 },
    output(1, 'a'),
    { type: 'step-ended', index: 1, milliseconds: 1 },
  ]);
  const text = lines.map((line) => ('stream' in line ? line.stream : '')).join('');
  assert.equal(text, 'Step 1/2 : A\naaStep 2/2 : B\nb');
});

test('letters that are cut between two pieces are put together', () => {
  const bytes = Buffer.from('é');
  const lines = told([
    { type: 'step-started', index: 1, name: 'A', cache: miss },
    { type: 'step-output', index: 1, stream: 'stdout', data: bytes.subarray(0, 1) },
    { type: 'step-output', index: 1, stream: 'stdout', data: bytes.subarray(1) },
  ]);
  assert.deepEqual(lines.slice(2), [{ stream: 'é' }]);
});

test('a quiet build tells only the id', () => {
  const lines = told(
    [
      { type: 'step-started', index: 1, name: 'A', cache: miss },
      { type: 'done', imageId, tags: ['a:latest'], buildId: 'b1' },
    ],
    true,
  );
  assert.deepEqual(lines, [{ stream: `${imageId}\n` }]);
});

test('a quiet build that fails tells what it did', () => {
  const lines: object[] = [];
  const output = new ClassicBuildOutput((line) => lines.push(line), { quiet: true });
  output.onEvent({ type: 'plan', steps: [step(1, 'A')] });
  output.onEvent({ type: 'step-started', index: 1, name: 'A', cache: miss });
  assert.deepEqual(lines, []);
  output.fail();
  assert.deepEqual(lines, [{ stream: 'Step 1/1 : A' }, { stream: '\n' }]);
});
