const NANOS_PER_MILLISECOND = 1_000_000n;

/** The wall clock in nanoseconds since 1970, as fine as Node tells it (microseconds). */
export function wallClockNanos(): bigint {
  const milliseconds = Date.now();
  const monotonic = process.hrtime.bigint() % NANOS_PER_MILLISECOND;
  return BigInt(milliseconds) * NANOS_PER_MILLISECOND + monotonic;
}
