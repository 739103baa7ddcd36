const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** Compose's status after either of them. */
const INTERRUPTED = 130;

/** Until it is disposed of, a signal to end that no part of the command takes for itself ends the program with Compose's status. */
export function endOnInterrupt(err: NodeJS.WritableStream): Disposable {
  const end = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    err.write('\n'); // the terminal may have written ^C
    process.exit(INTERRUPTED);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return {
    [Symbol.dispose]() {
      for (const signal of SIGNALS) process.off(signal, end);
    },
  };
}
