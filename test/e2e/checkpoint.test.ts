import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../src/lib/compression.ts';
import { exec } from '../../src/lib/exec.ts';
import { needs, startTestEngine, type TestEngine } from './harness.ts';
import { lade } from './lade.ts';

const count = 'i=0; while true; do i=$((i+1)); echo $i; sleep 0.1; done';

/** Why there can be no checkpoints here, if so. */
async function lacksCriu(): Promise<string | false> {
  if (findProgram('criu') === undefined) return 'needs the program criu';
  return exec('criu', ['check']).then(
    () => false as const,
    (error: Error) => `criu does not work on this kernel: ${error.message}`,
  );
}

describe('checkpoints', { skip: needs('root', 'docker', 'busybox').skip || (await lacksCriu()) }, () => {
  let engine: TestEngine;
  before(async () => {
    engine = await startTestEngine(['--experimental']);
    await engine.load('busybox');
  });
  after(() => engine?.[Symbol.asyncDispose]());

  const out = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await lade(engine, args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const stateOf = (name: string): Promise<string> =>
    out('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', name);

  /** How far it has counted once that is beyond `number`: without a gap, and never from the beginning again. */
  async function countsBeyond(name: string, number: number): Promise<number> {
    for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
      const numbers = (await out('logs', name)).split('\n');
      if (numbers.length > 1)
        assert.deepEqual(
          numbers,
          numbers.map((_, index) => String(index + 1)),
        );
      if (numbers.length > number) return numbers.length;
      assert.ok(Date.now() < deadline, `${name} stands still at ${numbers.length}`);
    }
  }

  test('a container that ends by its checkpoint goes on from there, its policy notwithstanding', async () => {
    await out('run', '-d', '--name', 'ends', '--restart', 'always', 'busybox', 'sh', '-c', count);
    await countsBeyond('ends', 3);
    const made = await engine.docker('checkpoint', 'create', 'ends', 'one');
    assert.equal(made.stdout, 'one\n', made.stderr);
    assert.equal(await stateOf('ends'), 'exited 137');
    const reached = await countsBeyond('ends', 3);
    assert.equal((await engine.docker('start', '--checkpoint', 'one', 'ends')).stderr, '');
    await countsBeyond('ends', reached + 3);
    assert.match(
      (await engine.docker('checkpoint', 'create', '--leave-running', 'ends', 'one')).stderr,
      /checkpoint with name one already exists for container ends/,
    );
    assert.equal((await engine.docker('checkpoint', 'rm', 'ends', 'one')).status, 0);
    assert.equal((await engine.docker('checkpoint', 'ls', 'ends')).stdout.trim(), 'CHECKPOINT NAME');
    await out('rm', '-f', 'ends');
  });

  test('a server runs on beside its checkpoint, and from it after the death of the engine, at its port', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lade-checkpoint-'));
    try {
      const script = `mkdir /www; echo hello > /www/x; httpd -h /www; ${count}`;
      await out('run', '-d', '--name', 'serves', '-p', '127.0.0.1::80', 'busybox', 'sh', '-c', script);
      const serves = async (): Promise<void> => {
        const address = await out('port', 'serves', '80');
        assert.equal(await (await fetch(`http://${address}/x`)).text(), 'hello\n');
      };
      await countsBeyond('serves', 3);
      const place = ['--checkpoint-dir', folder];
      assert.equal(
        await out('checkpoint', 'create', '--leave-running', ...place, 'serves', 'early'),
        'early',
      );
      assert.equal(await stateOf('serves'), 'running 0');
      await serves();
      await out('checkpoint', 'create', ...place, 'serves', 'late');
      assert.equal(await stateOf('serves'), 'exited 137');
      assert.deepEqual(readdirSync(folder).toSorted(), ['early', 'late']);
      const reached = await countsBeyond('serves', 3);
      await engine.stop('SIGKILL');
      await engine.start();
      await out('start', '--checkpoint', 'late', ...place, 'serves');
      await countsBeyond('serves', reached + 3);
      await serves();
      await out('rm', '-f', 'serves');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

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
