import type { Project } from '../../compose/model/types.ts';
import { ExitError } from '../exit-code.ts';
import { AttachedProject, type Exit } from './attached-project.ts';
import type { UpFlags } from './up-flags.ts';

/** Why a foreground `up` ended. */
interface Ending {
  readonly exit: Exit | undefined;
  readonly interrupted: boolean;
}

/** What makes a foreground `up` end: everything ended, the user, or an exit that counts. */
export function endings(attached: AttachedProject, values: UpFlags, project: Project) {
  const { promise: done, resolve } = Promise.withResolvers<Ending>();
  const from = values['exit-code-from'];
  if (from !== undefined && !project.services.has(from)) throw new ExitError(1, `no such service: ${from}`);
  const onAnyExit = values['abort-on-container-exit'] || from !== undefined;
  let chosen: Exit | undefined;
  attached.onExit = (exit) => {
    if (exit.service === from) chosen = exit;
    if (onAnyExit || (values['abort-on-container-failure'] && exit.exitCode !== 0)) {
      resolve({
        exit: from === undefined || exit.service === from ? exit : (chosen ?? exit),
        interrupted: false,
      });
    }
  };
  return {
    done,
    interrupt: () => resolve({ exit: undefined, interrupted: true }),
    started: (ended: Promise<void>) =>
      void ended.then(() => setTimeout(() => resolve({ exit: chosen, interrupted: false }), 50)),
  };
}

/** The first SIGINT or SIGTERM asks for an orderly stop, the second one kills. */
export function onInterrupt(first: () => void): { readonly second: AbortSignal; end(): void } {
  const second = new AbortController();
  let count = 0;
  const listener = (): void => {
    count += 1;
    if (count === 1) first();
    else second.abort();
  };
  process.on('SIGINT', listener).on('SIGTERM', listener);
  return { second: second.signal, end: () => void process.off('SIGINT', listener).off('SIGTERM', listener) };
}
