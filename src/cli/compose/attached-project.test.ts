import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { label } from '../../compose/plan/labels.ts';
import type { EventMessage } from '../../wire/system.ts';
import { AttachedProject } from './attached-project.ts';
import type { ComposeContext } from './globals.ts';
import type { LogPrinter } from './log-printer.ts';

const web = { id: 'a', name: 'p-web-1', service: 'web' };

/** Follows `web`, whose attached stream ends at once; how often its log was asked for after each event. */
async function asked(...actions: string[]): Promise<number[]> {
  const counts: number[] = [];
  let logs = 0;
  async function* events(): AsyncGenerator<EventMessage> {
    for (let round = 0; round < 10; round += 1) await turn();
    for (const Action of actions) {
      const Attributes = { name: web.name, [label.service]: web.service };
      yield { Type: 'container', Action, Actor: { ID: web.id, Attributes } } as unknown as EventMessage;
      for (let round = 0; round < 10; round += 1) await turn();
      counts.push(logs);
    }
  }
  const client = {
    system: { events: async () => events() },
    containers: {
      attach: async () => ({ socket: Readable.from([Buffer.from('one\n')]), multiplexed: false }),
      inspect: async () => ({ State: { Running: true, StartedAt: '' } }),
      logs: async () => {
        logs += 1;
        return [];
      },
    },
  };
  const printer = { add() {}, write() {}, tell() {}, flush() {} } as unknown as LogPrinter;
  const services = new Set([web.service]);
  const project = new AttachedProject({ client } as unknown as ComposeContext, 'p', printer, {
    followed: services,
    shown: services,
  });
  await project.attach([web]);
  while (counts.length < actions.length) await turn();
  project.close();
  return counts;
}

test('a container that ends before its start is told of is not read twice', async () => {
  assert.deepEqual(await asked('start', 'die', 'start'), [0, 0, 1]);
});

test('one that ran already is read again when it is started again', async () => {
  assert.deepEqual(await asked('die', 'start'), [0, 1]);
});
