/** Seconds since 1970, as the calls of Node that set times take them: they take negative numbers for now, but not dates. */
export const fileTime = (seconds: number): number | Date =>
  seconds < 0 ? new Date(seconds * 1000) : seconds;
