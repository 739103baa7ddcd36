import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { BuildEventLine } from '../../../wire/build.ts';
import { chooseProgress } from './choose-progress.ts';
import { PlainProgress } from './plain.ts';
import { TreeProgress } from './tree.ts';
import type { BuildProgress } from './types.ts';

const data = (text: string): string => Buffer.from(text).toString('base64');
const output = (index: number, text: string): BuildEventLine => ({
  type: 'step-output',
  index,
  stream: 'stdout',
  data: data(text),
});
const plan = (...names: readonly (readonly [stage: string, name: string])[]): BuildEventLine => ({
  type: 'plan',
  steps: names.map(([stage, name], at) => ({ index: at + 1, name, stage, file: 'Dockerfile', line: at + 1 })),
});
const started = (index: number, why?: string): BuildEventLine => ({
  type: 'step-started',
  index,
  name: '',
  cache: why === undefined ? { hit: true } : { hit: false, why },
});
const part = (name: string, done = true): BuildEventLine => ({
  type: 'task-progress',
  task: 2,
  part: name,
  current: 0,
  total: 0,
  done,
});
const ended = (index: number, milliseconds = 0, error?: string): BuildEventLine => ({
  type: 'step-ended',
  index,
  milliseconds,
  ...(error !== undefined && { error }),
});

/** Keeps what is written. */
class Sink extends Writable {
  text = '';
  readonly isTTY = true;
  readonly columns = 40;
  readonly rows = 24;

  override write(chunk: string): boolean {
    this.text += chunk;
    return true;
  }
}

function told(
  events: readonly BuildEventLine[],
  make: (out: Sink) => BuildProgress = (out) => new PlainProgress(out),
): string {
  const out = new Sink();
  using progress = make(out);
  for (const event of events) progress.take(event);
  return out.text.replaceAll(/^(#\d+ |)\d+\.\d{3} /gm, '$1T ');
}

test('one step after the other, as BuildKit has it, with the reason', () => {
  const text = told([
    plan(['0', 'FROM x'], ['0', 'ENV a=b'], ['0', 'RUN  make\\\n all']),
    started(1),
    ended(1),
    started(2, 'new'),
    ended(2),
    started(3, 'follows the COPY above'),
    output(3, 'one\ntw'),
    output(3, 'o\nrest'),
    ended(3, 1234),
    { type: 'task-started', task: 2, name: 'exporting to image' },
    part('writing image sha256:1', false),
    part('writing image sha256:1'),
    part('naming to a:latest'),
    { type: 'task-ended', task: 2, milliseconds: 10 },
    { type: 'done', buildId: 'b', imageId: 'sha256:1', tags: ['a:latest'], response: {}, provenance: {} },
  ]);
  assert.equal(
    text,
    `#1 [1/2] FROM x
#1 CACHED

#2 [2/2] RUN make\\ all
#2 not cached: follows the COPY above
#2 T one
#2 T two
#2 T rest
#2 DONE 1.2s

#3 exporting to image
#3 writing image sha256:1 done
#3 naming to a:latest done
#3 DONE 0.0s

`,
  );
});

test('a plan that grows leaves steps under way what they are', () => {
  const text = told([
    plan(['0', 'FROM x']),
    started(1, 'not in the store'),
    { type: 'step-progress', index: 1, id: 'abc', status: 'Pull complete' },
    plan(['0', 'FROM x'], ['0', 'RUN y']),
    ended(1, 1000),
  ]);
  assert.equal(
    text,
    '#1 [1/1] FROM x\n#1 not cached: not in the store\n#1 abc: Pull complete\n#1 DONE 1.0s\n\n',
  );
});

test('downloads side by side are told each by its own name', () => {
  const progress = (id: string, status: string): BuildEventLine => ({
    type: 'step-progress',
    index: 1,
    id,
    status,
  });
  const text = told([
    plan(['0', 'FROM x']),
    started(1, 'not in the store'),
    progress('abc', 'Waiting'),
    progress('def', 'Waiting'),
    progress('abc', 'Pull complete'),
  ]);
  assert.match(text, /^#1 abc: Waiting\n#1 def: Waiting\n#1 abc: Pull complete$/m);
});

test('steps side by side are told in turns', () => {
  const text = told([
    plan(['one', 'RUN a'], ['two', 'RUN b']),
    started(1, 'x'),
    started(2, 'y'),
    output(1, 'a\n'),
    ended(1, 100),
    output(2, 'b\n'),
    ended(2, 100, 'canceled'),
  ]);
  assert.equal(
    text,
    `#1 [one 1/1] RUN a
#1 not cached: x
#1 ...

#2 [two 1/1] RUN b
#2 not cached: y
#2 ...

#1 [one 1/1] RUN a
#1 T a
#1 DONE 0.1s

#2 [two 1/1] RUN b
#2 T b
#2 CANCELED

`,
  );
});

const failure: readonly BuildEventLine[] = [
  plan(['0', 'FROM x'], ['0', 'RUN false']),
  started(2, 'new'),
  output(2, 'oops\n'),
  ended(2, 10, "The command '/bin/sh -c false' returned a non-zero code: 3"),
  {
    type: 'failed',
    buildId: 'b',
    message: "The command '/bin/sh -c false' returned a non-zero code: 3",
    exitCode: 3,
    file: 'Dockerfile',
    line: 2,
    column: 1,
    source: 'FROM x\nRUN false\n',
    kept: true,
  },
];
const shownFailure = `------
 > [2/2] RUN false:
T oops
------
Dockerfile:2
--------------------
   1 |     FROM x
   2 | >>> RUN false
   3 |${' '.repeat(5)}
--------------------
ERROR: failed to build: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 3

What the step left is kept: lade run --failed opens a shell in it
`;

test('a failure shows the last output, the place, and the error', () => {
  assert.equal(
    told(failure),
    `#1 [2/2] RUN false
#1 not cached: new
#1 T oops
#1 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 3

${shownFailure}`,
  );
});

test('a quiet build tells nothing but its failure', () => {
  const quiet = (out: Sink) => chooseProgress('quiet', out);
  assert.equal(told(failure, quiet), shownFailure);
  assert.equal(told(failure.slice(0, -1), quiet), '');
});

test('rawjson passes events on', () => {
  const raw = (out: Sink) => chooseProgress('rawjson', out);
  assert.equal(told([ended(1, 5)], raw), '{"type":"step-ended","index":1,"milliseconds":5}\n');
});

test('a tree shows running steps with their last lines, and cuts what is too wide', () => {
  const out = new Sink();
  const tree = new TreeProgress(out);
  try {
    for (const event of [
      plan(['0', 'FROM x'], ['0', 'RUN a very long command that no terminal has the room for']),
      started(1),
      ended(1),
      started(2, 'f changed'),
      output(2, '\u001b[31mred\u001b[0m\n10%\r50%\rdone\n'),
    ])
      tree.take(event);
  } finally {
    tree[Symbol.dispose]();
  }
  const lines = stripVTControlCharacters(out.text).replaceAll('\r', '').split('\n');
  assert.match(lines[0] ?? '', /^\[\+\] Building 0\.\ds \(1\/2\)$/);
  assert.deepEqual(lines.slice(1, -1), [
    ' => CACHED [1/2] FROM x            0.0s',
    ' => [2/2] RUN a very long command… 0.0s',
    '    f changed',
    ' => => # red',
    ' => => # done',
  ]);
});
