import { kindOf } from '../lib/errors.ts';
import type { ContainerRecord } from './container-record.ts';
import { type Context, publish } from './context.ts';
import { startContainer } from './start.ts';
import { type StopOptions, stopContainer } from './stop.ts';

/** The verb: stops what runs and starts it again. A container that removes itself stays for it. */
export async function restartContainer(
  context: Context,
  record: ContainerRecord,
  options: StopOptions,
): Promise<void> {
  record.restartRequested = true;
  try {
    await tolerate('not-modified', stopContainer(context, record, options));
    await startContainer(context, record);
  } finally {
    record.restartRequested = false;
  }
  publish(context, record, 'restart');
}

async function tolerate(kind: ReturnType<typeof kindOf>, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (kindOf(error) !== kind) throw error;
  }
}
