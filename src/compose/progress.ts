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
    const status = /^(Killing|Removing|Stopping)$/.test(doing) ? `Error while ${doing}` : 'Error';
    if (!(error instanceof ChangedMeanwhile)) report({ kind, name, status, state: 'failed' });
    throw error;
  }
}
