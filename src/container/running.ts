import { conflict } from '../lib/errors.ts';
import type { ContainerRecord, Run } from './container-record.ts';

/** Its run. Throws `conflict` with Docker's texts when it has none at the moment. */
export function checkRuns(record: ContainerRecord): Run {
  if (record.state.status === 'restarting')
    throw conflict(`Container ${record.id} is restarting, wait until the container is running`);
  if (!record.run) throw conflict(`container ${record.id} is not running`);
  return record.run;
}
