import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerRecord, Run } from '../container-record.ts';
import { firstOutput } from './first-output.ts';
import { LogWatches } from './log-watch.ts';

/** Long enough a way off that a loaded machine does not reach it. */
const soon = (): Run => ({ running: undefined as never, startedAt: new Date(Date.now() + 60_000) });

test('who reads the logs of a young container waits until it has written or ended', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'first-output-'));
  const log = join(directory, 'log');
  try {
    const watches = new LogWatches();
    const moments: ContainerRecord['moments'] = new EventEmitter();
    const isWaiting = async (waiting: Promise<void>): Promise<boolean> =>
      Promise.race([waiting.then(() => false), delay(50, true)]);
    writeFileSync(log, '');
    await firstOutput({ run: undefined, moments }, log, watches);
    await firstOutput({ run: { ...soon(), startedAt: new Date(0) }, moments }, log, watches);

    const ended = firstOutput({ run: soon(), moments }, log, watches);
    assert.ok(await isWaiting(ended));
    moments.emit('exited', { exitCode: 0 });
    await ended;

    const aborted = new AbortController();
    const left = firstOutput({ run: soon(), moments }, log, watches, aborted.signal);
    aborted.abort();
    await left;

    const written = firstOutput({ run: soon(), moments }, log, watches);
    assert.ok(await isWaiting(written));
    appendFileSync(log, 'line\n');
    await written;
    await firstOutput({ run: soon(), moments }, log, watches);
    assert.equal(moments.listenerCount('exited'), 0);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
