import type { Life } from './container-record.ts';

/** Members of a life that hold times, wherever they stand in it. */
const times = new Set(['startedAt', 'finishedAt', 'lastFinishedAt', 'start', 'end']);

export function encodeLife(life: Life): string {
  const { state, restartCount, manuallyStopped, hasBeenStarted, endpoints, ports } = life;
  return JSON.stringify({ state, restartCount, manuallyStopped, hasBeenStarted, endpoints, ports });
}

export function decodeLife(text: string): Life {
  return JSON.parse(text, (key, value: unknown) =>
    times.has(key) && typeof value === 'string' ? new Date(value) : value,
  ) as Life;
}
