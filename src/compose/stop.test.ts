import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { withoutFiles } from './project-of-labels.ts';
import { stopInstances } from './stop.ts';

test('a container that can not be stopped leaves none of the others half stopped', async () => {
  const stopped: string[] = [];
  const stop = async (id: string): Promise<void> => {
    if (id === 'bad') throw new Error('no');
    await setImmediate();
    stopped.push(id);
  };
  const client = { containers: { stop } } as unknown as Client;
  const work = { client, project: withoutFiles('p', {}), report: () => {}, slots: new Semaphore(8) };
  const instances = ['bad', 'good'].map((id) => ({ id, name: id, service: 's', number: 1, running: true }));
  await assert.rejects(stopInstances(work, instances, {}), /^Error: no$/);
  assert.deepEqual(stopped, ['good']);
});
