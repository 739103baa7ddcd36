import type { ContainerState, Health } from '../container/types.ts';
import type { ContainerState as WireState } from '../wire/container.ts';
import { formatDate, ZERO_TIME } from './timestamp.ts';

/** `State` of inspect: the flags that clients look at, spelled out from the one state that a container is in. */
export function wireState(state: ContainerState): WireState {
  const isUp = state.status === 'running' || state.status === 'paused';
  const restarting = state.status === 'restarting';
  const ended = 'exitCode' in state;
  return {
    Status: state.status,
    // Docker counts a container as running while it is paused or waits to be restarted
    Running: isUp || restarting,
    Paused: state.status === 'paused',
    Restarting: restarting,
    OOMKilled: 'oomKilled' in state && state.oomKilled,
    Dead: state.status === 'dead',
    Pid: isUp ? state.pid : 0,
    ExitCode: ended ? (state.exitCode ?? 0) : 0,
    Error: 'error' in state ? (state.error ?? '') : '',
    StartedAt: 'startedAt' in state ? formatDate(state.startedAt) : ZERO_TIME,
    FinishedAt: finishedAt(state),
    ...('health' in state && state.health && { Health: wireHealth(state.health) }),
  };
}

/** Of one that runs: when it last ended. */
function finishedAt(state: ContainerState): string {
  if ('finishedAt' in state) return formatDate(state.finishedAt);
  return 'lastFinishedAt' in state ? formatDate(state.lastFinishedAt) : ZERO_TIME;
}

function wireHealth(health: Health): NonNullable<WireState['Health']> {
  return {
    Status: health.status,
    FailingStreak: health.failingStreak,
    Log: health.log.map((probe) => ({
      Start: probe.start.toISOString(),
      End: probe.end.toISOString(),
      ExitCode: probe.exitCode,
      Output: probe.output,
    })),
  };
}
