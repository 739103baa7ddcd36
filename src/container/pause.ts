import { conflict, internal } from '../lib/errors.ts';
import type { ContainerRecord } from './container-record.ts';
import { type Context, publish } from './context.ts';
import { checkRuns } from './running.ts';

export async function pauseContainer(context: Context, record: ContainerRecord): Promise<void> {
  await context.locks.run(record.id, async () => {
    checkRuns(record);
    if (record.state.status === 'paused') throw conflict(`Container ${record.id} is already paused`);
    await context.runtime.pause(record.id);
    changeStatus(context, record, 'paused');
    publish(context, record, 'pause');
  });
}

export async function unpauseContainer(context: Context, record: ContainerRecord): Promise<void> {
  await context.locks.run(record.id, async () => {
    if (record.state.status !== 'paused') throw internal(`Container ${record.id} is not paused`);
    await resumeLocked(context, record);
  });
}

/** Lets a paused container go on. The caller holds the lock. */
export async function resumeLocked(context: Context, record: ContainerRecord): Promise<void> {
  await context.runtime.resume(record.id);
  changeStatus(context, record, 'running');
  publish(context, record, 'unpause');
}

function changeStatus(context: Context, record: ContainerRecord, status: 'running' | 'paused'): void {
  const { state } = record;
  if (state.status !== 'running' && state.status !== 'paused') return;
  record.state = { ...state, status };
  context.store.save(record);
}
