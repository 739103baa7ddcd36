import { closeSync, openSync, readFileSync } from 'node:fs';
import { EngineError } from './errors.ts';

/** Files that stay free for requests: without any, a server that can't take on more work can't be asked to end some either. */
const SPARE = 64;

/** Throws `unavailable` when this process may soon open no more files. The kernel gives the lowest free number, which tells how many are open. */
export function requireDescriptors(limit = ownLimit()): void {
  const number = openSync('/dev/null', 'r');
  closeSync(number);
  if (number + Math.min(SPARE, limit / 4) < limit) return;
  throw new EngineError(
    'unavailable',
    `too many open files: this engine may have ${limit} open. Stop containers that are not needed, or start the engine with a higher limit (ulimit -n, LimitNOFILE= in its unit)`,
  );
}

let known: number | undefined;

/** Node has raised it to the most that is allowed. */
function ownLimit(): number {
  known ??= Number(
    /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity,
  );
  return known;
}
