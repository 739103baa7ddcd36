import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BuildEvent } from '../../build/types.ts';
import { BuildStatus } from './build-status.ts';
import { BuildTeller } from './tell-build.ts';

const step = (index: number, name: string, stage: string, platform: string) => ({
  index,
  name,
  stage,
  platform,
  file: 'Dockerfile',
  line: index,
});

async function told(work: (teller: BuildTeller) => void) {
  const status = new BuildStatus();
  work(new BuildTeller(status, 'ref'));
  status.end();
  const parts = await Array.fromAsync(status.follow(new AbortController().signal));
  return {
    vertexes: parts.flatMap(({ vertexes = [] }) => vertexes),
    logs: parts.flatMap(({ logs = [] }) => logs).map(({ msg }) => Buffer.from(msg ?? []).toString()),
    warnings: parts.flatMap(({ warnings = [] }) => warnings),
  };
}

const run = 'RUN make';
const started = (index: number, key: string): BuildEvent => ({
  type: 'step-started',
  index,
  name: run,
  cache: { hit: false, why: 'the file a changed' },
  key,
});
const output: BuildEvent = { type: 'step-output', index: 1, stream: 'stdout', data: Buffer.from('made\n') };
const ended: BuildEvent = { type: 'step-ended', index: 1, milliseconds: 1 };

test('a step that builds for two platforms share is told once, by the name of the first', async () => {
  const { vertexes, logs } = await told((teller) => {
    for (const platform of ['linux/amd64', 'linux/arm64']) {
      const build = teller.build(platform);
      build.onEvent({ type: 'plan', steps: [step(1, run, 'build', 'linux/amd64')] });
      for (const event of [started(1, 'same'), output, ended]) build.onEvent(event);
    }
  });
  assert.deepEqual(new Set(vertexes.map(({ name }) => name)), new Set(['[linux/amd64 1/1] RUN make']));
  assert.equal(vertexes.filter(({ completed }) => completed).length, 1);
  assert.equal(logs.filter((text) => text === 'made\n').length, 1);
});

test('steps that differ are told apart, with the platform that they are for', async () => {
  const { vertexes } = await told((teller) => {
    for (const platform of ['linux/amd64', 'linux/arm64']) {
      const build = teller.build(platform);
      build.onEvent({ type: 'plan', steps: [step(1, run, 'build', 'linux/amd64')] });
      for (const event of [started(1, platform), ended]) build.onEvent(event);
    }
  });
  assert.deepEqual(
    [...new Set(vertexes.map(({ name }) => name))],
    ['[linux/amd64 1/1] RUN make', '[linux/amd64->arm64 1/1] RUN make'],
  );
  assert.equal(new Set(vertexes.map(({ digest }) => digest)).size, 2);
});

test('what several builds find wrong with their Dockerfile is told once', async () => {
  const warning: BuildEvent = { type: 'warning', message: 'odd', file: 'Dockerfile', line: 3 };
  const { warnings } = await told((teller) => {
    for (const platform of ['linux/amd64', 'linux/arm64']) teller.build(platform).onEvent(warning);
  });
  assert.equal(warnings.length, 1);
});

test('what is found in a step is told at it, with its line', async () => {
  const warning: BuildEvent = { type: 'warning', message: 'odd', file: 'Dockerfile', line: 3, step: 1 };
  const { vertexes, warnings } = await told((teller) => {
    const build = teller.build();
    build.onEvent({ type: 'plan', steps: [step(1, run, 'build', 'linux/amd64')] });
    for (const event of [started(1, 'key'), warning, ended]) build.onEvent(event);
  });
  assert.equal(warnings[0]?.vertex, vertexes[0]?.digest);
  assert.equal(Buffer.from(warnings[0]?.short ?? '').toString(), 'odd (line 3)');
});
