import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../src/lib/compression.ts';
import { exec } from '../../src/lib/exec.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';

const count = 'i=0; while true; do i=$((i+1)); echo $i; sleep 0.1; done';

async function criuWorks(): Promise<string | false> {
  if (findProgram('criu') === undefined) return 'no criu';
  return exec('criu', ['check']).then(
    () => false as const,
    () => 'criu does not work on this kernel',
  );
}

const lastNumber = async (engine: TestEngine): Promise<number> =>
  Number((await engine.docker('logs', 'ck')).stdout.trim().split('\n').at(-1));

test(
  'a container goes on from a checkpoint where it was',
  { skip: needs('root', 'docker', 'busybox').skip || (await criuWorks()) },
  async () => {
    await using engine = await startTestEngine(['--experimental']);
    await engine.load('busybox');
    await engine.docker(
      'run',
      '-d',
      '--name',
      'ck',
      '--network',
      'none',
      '--restart',
      'always',
      'busybox',
      'sh',
      '-c',
      count,
    );
    await sleep(1000);
    const made = await engine.docker('checkpoint', 'create', 'ck', 'one');
    assert.equal(made.stdout, 'one\n', made.stderr);
    const { stdout } = await engine.docker('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'ck');
    assert.equal(stdout, 'exited 137\n');
    const before = await lastNumber(engine);
    assert.equal((await engine.docker('start', '--checkpoint', 'one', 'ck')).stderr, '');
    await sleep(1000);
    const numbers = (await engine.docker('logs', 'ck')).stdout.trim().split('\n').map(Number);
    assert.ok((await lastNumber(engine)) > before);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
      'it began anew',
    );
    assert.match(
      (await engine.docker('checkpoint', 'create', '--leave-running', 'ck', 'one')).stderr,
      /checkpoint with name one already exists for container ck/,
    );
    assert.equal((await engine.docker('checkpoint', 'rm', 'ck', 'one')).status, 0);
    assert.equal((await engine.docker('checkpoint', 'ls', 'ck')).stdout.trim(), 'CHECKPOINT NAME');
  },
);

test(
  'checkpoints that cannot be are refused, and change nothing',
  needs('root', 'docker', 'busybox'),
  async () => {
    await using engine = await startTestEngine(['--experimental']);
    await engine.load('busybox');
    await engine.docker('run', '-d', '--name', 'ck', 'busybox', 'sh', '-c', count);
    const create = (name: string) =>
      engine.request('POST', '/containers/ck/checkpoints', { CheckpointID: name, Exit: true });
    assert.match((await create('../x')).body, /Invalid checkpoint ID/);
    if (findProgram('criu') === undefined) {
      const answer = await create('one');
      assert.deepEqual([answer.status, /checkpoints need CRIU/.test(answer.body)], [500, true], answer.body);
    }
    const start = await engine.request('POST', '/containers/ck/start?checkpoint=none');
    assert.equal(start.status, 304);
    await engine.docker('stop', '-t', '0', 'ck');
    assert.match((await create('one')).body, /is not running/);
    const none = await engine.request('POST', '/containers/ck/start?checkpoint=none');
    assert.deepEqual(
      [none.status, none.body.trim()],
      [404, '{"message":"checkpoint none does not exist for container ck"}'],
    );
    assert.equal((await engine.docker('inspect', '-f', '{{.State.Status}}', 'ck')).stdout, 'exited\n');
  },
);
