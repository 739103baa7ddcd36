import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CommandError } from '../../build/ops/exec/command-error.ts';
import { DockerfileError } from '../../build/parse/dockerfile-error.ts';
import { notFound } from '../../lib/errors.ts';
import type { StatusResponse } from '../message-types.ts';
import { BuildStatus } from './build-status.ts';
import { buildError, stepError } from './error-text.ts';
import { LogClip } from './log-clip.ts';
import { fullName, nameSteps, type PlannedStep } from './step-names.ts';
import { BuildTeller } from './tell-build.ts';

describe('errors in the words of BuildKit', () => {
  const position = { line: 3, column: 1 };
  const missing =
    'COPY failed: file not found in build context or excluded by .dockerignore: stat a b: file does not exist';
  const sum = 'failed to calculate checksum of ref lading::context: "/a b": not found';

  test('a command that failed, of a step and of the build', () => {
    const error = new CommandError('/bin/sh -c echo "x" && false', 3);
    const text = 'process "/bin/sh -c echo \\"x\\" && false" did not complete successfully: exit code: 3';
    assert.equal(buildError(error), text);
    assert.equal(stepError(error.message), text);
  });

  test('a source that is not there', () => {
    const error = new DockerfileError('Dockerfile', position, missing, { kind: 'not-found' });
    assert.equal(stepError(error.message), sum);
    assert.equal(buildError(error), `failed to compute cache key: ${sum}`);
    assert.equal(stepError('COPY failed: stat /a b: file does not exist'), sum);
  });

  test('others as they are, without their place', () => {
    assert.equal(buildError(new DockerfileError('a/Dockerfile', position, 'why: not')), 'why: not');
    assert.equal(buildError(notFound('nothing')), 'nothing');
    assert.equal(buildError(AbortSignal.abort().reason), 'context canceled');
  });
});

test('images are shown by their whole names', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  assert.equal(fullName('busybox'), 'docker.io/library/busybox:latest');
  assert.equal(fullName('x.io/a/b:1', digest), `x.io/a/b:1@${digest}`);
  assert.equal(fullName(`busybox@${digest}`), `docker.io/library/busybox@${digest}`);
  assert.equal(fullName('Not A Name'), 'Not A Name');
});

const step = (index: number, name: string, more: Partial<PlannedStep> = {}): PlannedStep => ({
  index,
  name,
  stage: '0',
  platform: 'linux/amd64',
  file: 'Dockerfile',
  line: index,
  ...more,
});

test('steps are numbered in their stages; those without files are left out', () => {
  const names = (steps: PlannedStep[]): string[] => [
    ...nameSteps(
      steps,
      () => '',
      () => undefined,
    ).values(),
  ];
  const from = step(1, 'FROM $B', { image: 'b' });
  const run = step(3, 'RUN $A', { shown: 'RUN\n1' });
  const [declared, base] = [step(4, 'ONBUILD RUN x'), step(5, 'ONBUILD COPY a b', { line: 1 })];
  assert.deepEqual(names([from, step(2, 'ENV A=1'), run, declared, base]), [
    '[1/3] FROM docker.io/library/b:latest',
    '[2/3] ONBUILD COPY a b',
    '[3/3] RUN 1',
  ]);
  const mounted = step(2, 'RUN --network=none --mount=type=cache,target=/c x');
  assert.equal(names([from, mounted])[0], '[stage-0 1/2] FROM docker.io/library/b:latest');
  assert.deepEqual(names([step(3, 'RUN x', { stage: '1' })]), ['[stage-1 1/1] RUN x']);
  const other = { stage: 'app' };
  assert.deepEqual(names([from, step(2, 'FROM scratch', other), step(3, 'COPY a b', other)]), [
    '[stage-0 1/1] FROM docker.io/library/b:latest',
    '[app 1/1] COPY a b',
  ]);
  const many = Array.from({ length: 12 }, (_, at) => step(at + 1, 'RUN x'));
  assert.equal(names(many)[0], '[ 1/12] RUN x');
});

test('output is clipped once, with a word about it', () => {
  const clip = new LogClip();
  const half = Buffer.alloc(1 << 20, 'x');
  assert.equal(Buffer.concat(clip.pass(half)).length, 1 << 20);
  const second = clip.pass(Buffer.concat([half, half]));
  assert.equal(second[0]?.length, 1 << 20);
  assert.match(String(second[1]), /output clipped, log limit 2MiB reached/);
  assert.deepEqual(clip.pass(half), []);
});

describe('a build that is told', () => {
  /** What a client gets, all in one. */
  async function told(tell: (teller: BuildTeller) => void | Promise<void>): Promise<StatusResponse> {
    const status = new BuildStatus();
    await tell(new BuildTeller(status, 'test'));
    status.end();
    const parts = await Array.fromAsync(status.follow(new AbortController().signal));
    return {
      vertexes: parts.flatMap(({ vertexes = [] }) => vertexes),
      statuses: parts.flatMap(({ statuses = [] }) => statuses),
      logs: parts.flatMap(({ logs = [] }) => logs),
      warnings: parts.flatMap(({ warnings = [] }) => warnings),
    };
  }
  const plan = [
    step(1, 'FROM b', { image: 'b' }),
    step(2, 'RUN a'),
    step(3, 'FROM b', { image: 'b', stage: '1' }),
  ];

  test('an image that two stages stand on is one vertex, with its digest', async () => {
    const { vertexes } = await told((teller) => {
      const { onEvent } = teller.build();
      onEvent({ type: 'plan', steps: plan });
      onEvent({ type: 'image-lookup', name: 'b', ended: false });
      onEvent({ type: 'image-lookup', name: 'b', ended: true, digest: 'sha256:0' as never });
      for (const index of [1, 3]) {
        onEvent({ type: 'step-started', index, name: 'FROM b', cache: { hit: true } });
        onEvent({ type: 'step-ended', index, milliseconds: 0 });
      }
    });
    assert.deepEqual(
      [...new Set(vertexes.map(({ name }) => name))],
      [
        '[internal] load metadata for docker.io/library/b:latest',
        '[stage-0 1/2] FROM docker.io/library/b:latest@sha256:0',
      ],
    );
  });

  for (const [why, line] of [
    ['first build of this step', undefined],
    ['COPY . .: a changed', 'not cached: COPY . .: a changed\n'],
  ] as const)
    test(`why a step ran: ${why}`, async () => {
      const { logs } = await told((teller) => {
        const { onEvent } = teller.build();
        onEvent({ type: 'plan', steps: plan });
        onEvent({ type: 'step-started', index: 2, name: 'RUN a', cache: { hit: false, why } });
      });
      assert.deepEqual(
        logs.map(({ msg }) => String(msg)),
        line === undefined ? [] : [line],
      );
    });

  test('work of the engine that fails ends its vertex', async () => {
    const { vertexes } = await told((teller) =>
      teller.during('load', () => Promise.reject(notFound('gone'))).catch(() => {}),
    );
    assert.equal(vertexes.at(-1)?.error, 'gone');
    assert.ok(vertexes.at(-1)?.completed);
  });
});
