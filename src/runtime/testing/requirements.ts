import { findProgram } from '../host/find-program.ts';

/** Why tests that run real containers can't run here; false when they can. */
export const unmet: string | false =
  process.getuid?.() !== 0
    ? 'needs root'
    : ['conmon', 'runc', 'busybox'].some((name) => findProgram(name) === undefined)
      ? 'needs conmon, runc and busybox'
      : false;
