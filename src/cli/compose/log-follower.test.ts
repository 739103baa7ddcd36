import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../../client/client.ts';
import { internal } from '../../lib/errors.ts';
import type { ComposeContext } from './globals.ts';
import { LogFollower } from './log-follower.ts';
import { LogPrinter } from './log-printer.ts';

/** Follows one container that runs on, and that an event says nothing of. */
async function follow(logs: () => Promise<AsyncIterable<never>>): Promise<void> {
  const silence = (signal: AbortSignal): AsyncIterable<never> => ({
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    }),
  });
  const client = {
    system: { events: async ({ signal }: { signal: AbortSignal }) => silence(signal) },
    containers: { inspect: async () => ({ State: { Running: true } }), logs },
  };
  const printer = new LogPrinter({ colors: false } as unknown as ComposeContext, ['a-1']);
  const follower = new LogFollower(client as unknown as Client, 'p', printer, {}, assert.fail);
  await follower.follow([{ id: 'x', name: 'p-a-1', up: true }], () => true);
}

test('a log that can not be read ends the command at once, with its reason', async () => {
  const failing = async () => {
    throw internal('the disk is broken');
  };
  await assert.rejects(follow(failing), /the disk is broken/);
});
