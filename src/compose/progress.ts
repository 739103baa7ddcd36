import { ResponseError } from '../client/transport.ts';
import { messageOf } from '../lib/errors.ts';
import { ChangedMeanwhile } from './meanwhile.ts';

/** One step of Compose as data: an object and what happens to it. */
export interface ComposeProgress {
  readonly kind: 'Container' | 'Network' | 'Volume' | 'Image' | 'Service' | 'Project';
  readonly name: string;
  /** `Creating`, `Created`, `Starting`, `Started`, `Waiting`, `Healthy`, … */
  readonly status: string;
  readonly state: 'working' | 'done' | 'failed' | 'warning';
}

export type Report = (progress: ComposeProgress) => void;

/** Reports `doing` before and `done` after some work, or that it failed. */
export async function reported<T>(
  report: Report,
  kind: ComposeProgress['kind'],
  name: string,
  doing: string,
  done: string,
  work: () => Promise<T>,
): Promise<T> {
  report({ kind, name, status: doing, state: 'working' });
  try {
    const result = await work();
    report({ kind, name, status: done, state: 'done' });
    return result;
  } catch (error) {
    if (!(error instanceof ChangedMeanwhile))
      report({ kind, name, status: failureOf(kind, doing, error), state: 'failed' });
    throw error;
  }
}

/** In the words of Compose, which has several. */
function failureOf(kind: ComposeProgress['kind'], doing: string, error: unknown): string {
  if (/^(Killing|Removing|Stopping)$/.test(doing)) return `Error while ${doing}`;
  const isTold = kind === 'Container' && doing === 'Creating' && error instanceof ResponseError;
  return isTold ? `Error response from daemon: ${messageOf(error)}` : 'Error';
}
