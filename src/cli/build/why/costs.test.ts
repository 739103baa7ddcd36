import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BuildAnswer, BuildStepAnswer } from '../../../wire/build.ts';
import { causesOf } from './costs.ts';
import { seconds, whyText } from './why-text.ts';

let line = 0;
const step = (name: string, why?: string, milliseconds = 0, stage = '0'): BuildStepAnswer => ({
  index: (line += 1),
  name,
  stage,
  line,
  cache: why === undefined ? { hit: true } : { hit: false, why },
  milliseconds,
});
const build = (...steps: readonly BuildStepAnswer[]): BuildAnswer => ({
  id: '0123456789abcdef',
  lineage: 'app:latest',
  dockerfile: 'Dockerfile',
  target: '',
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:00:51.000Z',
  steps: steps.map((one, at) => ({ ...one, index: at + 1, line: at + 1 })),
  failureKept: false,
});

const changed = build(
  step('FROM node'),
  step('COPY . .', 'src/a.ts changed (1 of 9 files)', 20),
  step('RUN npm ci', 'follows the COPY above', 45_000),
  step('CMD ["node"]', 'follows the RUN above'),
  step('RUN npm run build', 'follows the RUN above', 3000),
);

test('a cause costs what follows it, and says what would have saved it', () => {
  const [cause, ...others] = causesOf(changed);
  assert.deepEqual(others, []);
  assert.equal(cause?.step.name, 'COPY . .');
  assert.equal(cause?.milliseconds, 48_000);
  assert.deepEqual(
    cause?.below.map(({ name }) => name),
    ['RUN npm ci', 'RUN npm run build'],
  );
  assert.deepEqual(cause?.reordering, {
    step: 'RUN npm ci',
    line: 3,
    files: ['package.json', 'package-lock.json'],
    milliseconds: 45_000,
  });
});

test('tells it in words', () => {
  assert.equal(
    whyText(changed, Date.parse('2026-01-01T00:10:00Z') / 1000),
    `Build 0123456789ab of app:latest, 10 minutes ago: 5 steps, 1 cached, 51 s

  FROM node                     cached
  COPY . .            0.0 s     src/a.ts changed (1 of 9 files)
  RUN npm ci          45 s      follows the COPY above
  CMD ["node"]        0.0 s     follows the RUN above
  RUN npm run build   3.0 s     follows the RUN above

COPY . .: src/a.ts changed (1 of 9 files). It cost 48 s in the 2 steps below.
  RUN npm ci (line 3) needs only package.json and package-lock.json: with "COPY package.json package-lock.json ./" and it above line 2, it would have stayed cached (45 s).
`,
  );
});

test('a cause ends where another one begins, and stages are apart', () => {
  const causes = causesOf(
    build(
      step('RUN a', 'the instruction changed, it was RUN b', 1, 'one'),
      step('RUN c', 'follows the RUN above', 10, 'one'),
      step('COPY x /', 'x changed', 1, 'one'),
      step('RUN d', 'follows the COPY above', 100, 'one'),
      step('RUN e', 'follows the RUN above', 1000, 'two'),
    ),
  );
  assert.deepEqual(
    causes.map(({ step: { name }, milliseconds }) => [name, milliseconds]),
    [
      ['COPY x /', 100],
      ['RUN a', 10],
    ],
  );
});

const advised = (copy: string, why: string, run: string): readonly string[] | undefined =>
  causesOf(build(step(copy, why, 1), step(run, 'follows the COPY above', 10)))[0]?.reordering?.files;

const cases: readonly [copy: string, why: string, run: string, files: readonly string[] | undefined][] = [
  ['COPY . .', 'a changed', 'RUN pip install -r requirements.txt', ['requirements.txt']],
  ['COPY . /app', 'a changed', 'RUN pip install --no-cache-dir -r ./dev/req.txt', ['dev/req.txt']],
  ['COPY . .', 'a changed', 'RUN go mod download && go build ./...', ['go.mod', 'go.sum']],
  ['ADD . /x', 'a changed', 'RUN yarn', ['package.json', 'yarn.lock']],
  ['COPY . .', 'a changed', 'RUN apt-get update && apt-get install -y git', []],
  ['COPY . .', 'a changed', 'RUN apk add --no-cache git', []],
  ['COPY . .', 'a changed', 'RUN apt-get install -y ./local.deb', undefined],
  ['COPY . .', 'package-lock.json changed', 'RUN npm ci', undefined],
  ['COPY . .', 'a changed', 'RUN npm run build', undefined],
  ['COPY package.json .', 'package.json changed', 'RUN npm ci', undefined],
  ['COPY --from=build . .', 'a changed', 'RUN npm ci', undefined],
];
for (const [copy, why, run, files] of cases)
  test(`${copy} (${why}), ${run}: ${files ? `copy ${files.join(' ') || 'nothing'} before` : 'no advice'}`, () =>
    assert.deepEqual(advised(copy, why, run), files));

test('spans in words', () => {
  assert.deepEqual([300, 9950, 48_000, 125_000].map(seconds), ['0.3 s', '9.9 s', '48 s', '2 m 5 s']);
});
