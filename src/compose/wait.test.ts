import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../client/client.ts';
import { Semaphore } from '../lib/semaphore.ts';
import type { Service } from './model/types.ts';
import type { ComposeProgress } from './progress.ts';
import type { ProjectEvents } from './project-events.ts';
import { waitFor } from './wait.ts';
import type { Work } from './work.ts';

/** A running container without a health check whose service declares port 80, where nothing listens; things happen to it all the time. */
async function waitReady(patience: number): Promise<string[]> {
  const told: string[] = [];
  const client = {
    containers: {
      inspect: () => Promise.resolve({ State: { Status: 'running', Running: true }, HostConfig: {} }),
      listening: () => Promise.resolve([{ address: '127.0.0.1', port: 80 }]),
    },
  } as unknown as Client;
  const events = {
    open: () => Promise.resolve(),
    nextOf: () => new Promise<void>((resolve) => setTimeout(resolve, 20)),
  } as unknown as ProjectEvents;
  const work = {
    client,
    report: ({ status }: ComposeProgress) => void told.push(status),
    slots: new Semaphore(1),
  } as unknown as Work;
  const service = { name: 'web', ports: [{ protocol: 'tcp', target: 80 }], expose: [] } as unknown as Service;
  const instance = { id: 'x', name: 'p-web-1', service: 'web', number: 1, running: true };
  await waitFor(work, service, instance, 'ready', { events, patience });
  return told;
}

test('what runs is waited for once until it listens, whatever happens meanwhile', async () => {
  assert.deepEqual(await waitReady(100), [
    'Waiting',
    'runs, but nothing listens on 80 (it listens on 127.0.0.1:80)',
    'Started',
  ]);
});
