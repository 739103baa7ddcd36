import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences, eithers } from './compare.ts';
import { Normalizer } from './normalize.ts';
import { sortProgress } from './progress-lines.ts';
import { formatTranscript, parseTranscript } from './transcript.ts';

const text = `# About.

## one
needs: debian redis
# why
$ docker run
>  -d
> x
| out
|
| more
! err
? 3
~ better
~| other
~? 4

## two
$ true
`;

test('a transcript is read', () => {
  const { preface, scenarios } = parseTranscript(text, 'x.txt');
  assert.equal(preface, '# About.\n');
  assert.deepEqual(scenarios[0], {
    title: 'one',
    line: 3,
    needs: ['debian', 'redis'],
    steps: [
      {
        line: 6,
        comments: ['why'],
        command: 'docker run\n -d\nx',
        docker: { stdout: 'out\n\nmore\n', stderr: 'err\n', status: 3 },
        lading: { reason: 'better', answer: { stdout: 'other\n', stderr: '', status: 4 } },
      },
    ],
  });
  assert.deepEqual(
    scenarios.map(({ title }) => title),
    ['one', 'two'],
  );
});

test('what is read is written the same', () => {
  assert.equal(formatTranscript(parseTranscript(text, 'x.txt')), text);
});

const wrong = [
  ['## a\n| early', 'x.txt:2: an answer without a command'],
  ['## a\n$ true\nnonsense', 'x.txt:3: neither "$", ">", "|", "!", "?" nor "~": nonsense'],
  ['## a\n$ true\n~| x', 'x.txt:3: first "~ reason"'],
] as const;

for (const [broken, message] of wrong)
  test(`a wrong line is told with its place: ${message}`, () => {
    assert.throws(() => parseTranscript(broken, 'x.txt'), { message });
  });

test('equal ids get equal names, short and long', () => {
  const id = '0123456789abcdef'.repeat(4);
  const normalizer = new Normalizer([['/tmp/work', '<dir>']]);
  assert.equal(normalizer.normalize(`${id} ${'f'.repeat(12)}`), '<id 1> <short 2>');
  assert.equal(normalizer.normalize(`${id.slice(0, 12)} /tmp/work/x`), '<short 1> <dir>/x');
});

test('times, addresses and ports are replaced, the zero time is not', () => {
  const { normalize } = { normalize: (line: string) => new Normalizer([]).normalize(line) };
  assert.equal(normalize('2026-01-02T03:04:05.678Z'), '<time>');
  assert.equal(normalize('0001-01-01T00:00:00Z'), '0001-01-01T00:00:00Z');
  assert.equal(normalize('172.17.0.2:32768 02:42:ac:11:00:02'), '<ip>:<port> <mac>');
  assert.equal(normalize('Up 3 seconds (healthy)'), 'Up <while> (healthy)');
});

test('a warning of Compose is that of lading', () => {
  assert.equal(
    new Normalizer([]).normalize('time="2026-01-02T03:04:05Z" level=warning msg="The \\"A\\" is\\nnot set."'),
    'WARN The "A" is not set.',
  );
});

test('what lading says beyond Docker of a place in a file is left out, an error is not', () => {
  const note =
    'WARN compose.yaml:4:13: only one can have it\n   4 |   ports: ["80:80"]\n     |           ^^^^^\n';
  const error = 'compose.yaml:4:5: no such key\n';
  assert.equal(new Normalizer([]).normalize(`${note}${error}`), error);
});

test('differences name the step and what is between equal lines', () => {
  const [scenario] = parseTranscript('## a\n$ seq 3\n| 1\n| 2\n| 3\n$ true', 'x.txt').scenarios;
  const answers = [
    { stdout: '1\nx\n3\n', stderr: '', status: 0 },
    { stdout: '', stderr: '', status: 0 },
  ];
  assert.deepEqual(differences('x.txt', scenario?.steps ?? [], answers), [
    'x.txt:2: seq 3',
    '  - | 2',
    '  + | x',
  ]);
});

test('the width of columns is no difference', () => {
  const [scenario] = parseTranscript('## a\n$ docker ps\n| ID     NAME', 'x.txt').scenarios;
  const answers = [{ stdout: 'ID        NAME\n', stderr: '', status: 0 }];
  assert.deepEqual(differences('x.txt', scenario?.steps ?? [], answers), []);
});

test('what Compose says of its steps is sorted between other lines, and there once', () => {
  assert.equal(
    sortProgress(
      ' Network a  Created\n Container b  Started\n Network a  Created\nfailed\n Volume b  x\n Image a  y\n',
    ),
    ' Container b  Started\n Network a  Created\nfailed\n Image a  y\n Volume b  x\n',
  );
});

test("Docker's client on lading may answer as either", () => {
  const { steps = [] } =
    parseTranscript('## a\n$ true\n| docker\n~ reason\n~| lading', 'x.txt').scenarios[0] ?? {};
  const answer = (stdout: string) => [{ stdout, stderr: '', status: 0 }];
  for (const right of ['docker\n', 'lading\n'])
    assert.deepEqual(differences('x.txt', steps, answer(right), eithers), []);
  assert.notDeepEqual(differences('x.txt', steps, answer('other\n'), eithers), []);
  assert.notDeepEqual(differences('x.txt', steps, answer('docker\n')), []);
});
