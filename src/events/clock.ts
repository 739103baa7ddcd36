const NANOS_PER_MILLISECOND = 1_000_000n;

/** How far the wall clock is from the monotonic one, to the microsecond. */
let distance =
  BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n - process.hrtime.bigint();

/**
 * The wall clock in nanoseconds since 1970. Node tells it in milliseconds only: the monotonic clock gives the rest, and is set anew when
 * the wall clock was.
 */
export function wallClockNanos(): bigint {
  const start = BigInt(Date.now()) * NANOS_PER_MILLISECOND; // before `now`, so that what comes between can't put the time forward
  const now = process.hrtime.bigint();
  const ahead = now + distance - start;
  if (ahead < 0n) distance -= ahead;
  else if (ahead >= NANOS_PER_MILLISECOND) distance -= ahead - NANOS_PER_MILLISECOND + 1n;
  return now + distance;
}
