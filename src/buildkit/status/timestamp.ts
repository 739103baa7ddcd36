import type { Timestamp } from '../message-types.ts';

/** A time in milliseconds since 1970, as messages have it. */
export function timestamp(milliseconds = Date.now()): Timestamp {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: Math.round((milliseconds - seconds * 1000) * 1e6) };
}
