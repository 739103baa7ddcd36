import type { NewEvent } from '../../events/types.ts';
import type { ContainerRecord } from '../container-record.ts';
import { type Context, publish } from '../context.ts';

/** Tells of an exec. The blank stands there without arguments, too: clients compare the whole text. */
export function tellExec(
  context: Context,
  record: ContainerRecord,
  execID: string,
  action: 'exec_create' | 'exec_start',
  [program = '', ...args]: readonly string[],
  options: Pick<NewEvent, 'passing'> = {},
): void {
  publish(context, record, `${action}: ${program} ${args.join(' ')}`, { execID }, options);
}

export function tellExecEnd(
  context: Context,
  record: ContainerRecord,
  execID: string,
  exitCode: number,
  options: Pick<NewEvent, 'passing'> = {},
): void {
  publish(context, record, 'exec_die', { execID, exitCode: String(exitCode) }, options);
}
