import type { ContainerState } from '../container/types.ts';

/** The STATUS column of `docker ps`: `Up 3 minutes (healthy)`, `Exited (0) 2 hours ago`, `Created`, … */
export function statusText(state: ContainerState, now: Date = new Date()): string {
  const since = (date: Date): string => humanDuration(now.getTime() - date.getTime());
  switch (state.status) {
    case 'created':
      return 'Created';
    case 'running': {
      const health =
        state.health && `(${state.health.status === 'starting' ? 'health: starting' : state.health.status})`;
      return ['Up', since(state.startedAt), health].filter(Boolean).join(' ');
    }
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
  }
}

/** Docker's rough durations (go-units HumanDuration). */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(seconds / 3600 + 0.5);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}
