import { EngineError } from '../../lib/errors.ts';
import { int, text } from '../flags.ts';

/** Flags of `stop` and `restart`. */
export const stopFlags = {
  signal: text('Signal to send to the container', 's'),
  time: int('Seconds to wait before killing the container', 't'),
  timeout: int('Seconds to wait before killing the container'),
} as const;

/** What is in the wanted state already is no failure. */
export function ignoreUnchanged(error: unknown): void {
  if (!(error instanceof EngineError && error.kind === 'not-modified')) throw error;
}
