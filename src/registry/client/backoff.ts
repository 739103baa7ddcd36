import { setTimeout as delay } from 'node:timers/promises';

const FIRST = 250;
const LONGEST = 8_000;

/** Milliseconds before try number `attempt` (1 is the first repetition): doubled each time, spread by half so that clients don't march in step. */
export function pauseBefore(attempt: number): number {
  const full = Math.min(LONGEST, FIRST * 2 ** (attempt - 1));
  return full / 2 + Math.random() * (full / 2);
}

export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, signal ? { signal } : {});
}
