import type { Project } from '../../compose/model/types.ts';
import { ExitError } from '../exit-code.ts';
import type { AttachedProject, Exit } from './attached-project.ts';
import type { UpFlags } from './up-flags.ts';

/** Why a foreground `up` ended: everything ended; the user goes, or ends it; an exit ends all. */
type Ending = 'ended' | 'detached' | 'interrupted' | 'aborted';

/** What makes a foreground `up` end. */
export function endings(attached: AttachedProject, flags: UpFlags, project: Project) {
  const { promise: done, resolve } = Promise.withResolvers<Ending>();
  const from = flags['exit-code-from'];
  if (from !== undefined && !project.services.has(from))
    throw new ExitError(1, `no such service: ${from}: not found`);
  const onFailure = flags['abort-on-container-failure'] ?? false;
  const onAny = !onFailure && (flags['abort-on-container-exit'] || from !== undefined);
  let first: Exit | undefined;
  let chosen: Exit | undefined;
  attached.onExit = (exit) => {
    if (exit.service === from) chosen ??= exit;
    if (!onAny && !(onFailure && exit.exitCode !== 0)) return;
    first ??= exit;
    resolve('aborted');
  };
  return {
    done,
    interrupt: () => resolve('interrupted'),
    detach: () => resolve('detached'),
    started: (ended: Promise<void>) => void ended.then(() => resolve('ended')),
    /** The one that counts; it may come only when all are stopped. */
    exit: (): Exit | undefined => chosen ?? first,
  };
}

export const exitStatus = (flags: UpFlags, exit: Exit | undefined): number =>
  flags['exit-code-from'] !== undefined ||
  flags['abort-on-container-exit'] ||
  flags['abort-on-container-failure']
    ? (exit?.exitCode ?? 0)
    : 0;

/** The first SIGINT or SIGTERM asks for an orderly stop, the second one kills, the third one waits for nothing. */
export function onInterrupt(first: () => void): {
  readonly second: AbortSignal;
  /** As a signal does: a terminal in raw mode sends none. */
  press(): void;
  /** Compose takes one key for an end that was wanted. */
  status(): number;
  end(): void;
} {
  const second = new AbortController();
  let count = 0;
  let isKey = false;
  const raise = (): void => {
    count += 1;
    if (count === 1) first();
    else if (count === 2) second.abort();
    else process.exit(130);
  };
  process.on('SIGINT', raise).on('SIGTERM', raise);
  return {
    second: second.signal,
    press() {
      isKey = true;
      raise();
    },
    status: () => (isKey && count === 1 ? 0 : 130),
    end: () => void process.off('SIGINT', raise).off('SIGTERM', raise),
  };
}
