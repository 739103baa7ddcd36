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

/** Follows `web`, whose attached stream ends at once, through events (`ACTION` or `ACTION OTHER-ID`); what was so after each. */
async function follow(...actions: string[]): Promise<{ logs: number; ended: boolean }[]> {
  const found: { logs: number; ended: boolean }[] = [];
  let logs = 0;
  let ended = false;
  async function* events(): AsyncGenerator<EventMessage> {
    for (let round = 0; round < 10; round += 1) await turn();
    for (const [Action, ID = web.id] of actions.map((action) => action.split(' '))) {
      const Attributes = { name: web.name, [label.service]: web.service };
      yield { Type: 'container', Action, Actor: { ID, Attributes } } as unknown as EventMessage;
      for (let round = 0; round < 10; round += 1) await turn();
      found.push({ logs, ended });
    }
  }
  const client = {
    system: { events: async () => events() },
    containers: {
      attach: async () => ({ socket: Readable.from([Buffer.from('one\n')]), multiplexed: false }),
      inspect: async () => ({ State: { Running: ended, Status: 'exited', StartedAt: '' } }),
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
  void project.ended().then(() => (ended = true));
  while (found.length < actions.length) await turn();
  project.close();
  return found;
}

const asked = async (...actions: string[]): Promise<number[]> =>
  (await follow(...actions)).map(({ logs }) => logs);

test('a container that ends before its start is told of is not read twice', async () => {
  assert.deepEqual(await asked('start', 'die', 'start'), [0, 0, 1]);
});

test('one that ran already is read again when it is started again', async () => {
  assert.deepEqual(await asked('die', 'start'), [0, 1]);
});

test('a project goes on while containers are replaced, and ends with the last of them', async () => {
  const ended = (await follow('create b', 'die', 'destroy', 'start b', 'die b')).map((one) => one.ended);
  assert.deepEqual(ended, [false, false, false, false, true]);
  const removed = (await follow('create b', 'die', 'destroy b')).map((one) => one.ended);
  assert.deepEqual(removed, [false, false, true]);
});
