import type { Loader } from '../commands.ts';

/** A command of `lade compose`; those of a group have names of two or three words. */
interface ComposeEntry {
  readonly load: Loader;
  /** Left out of the list of commands. */
  readonly hidden?: boolean;
}

const listed = (load: Loader): ComposeEntry => ({ load });
const hidden = (load: Loader): ComposeEntry => ({ load, hidden: true });

/** The commands of `lade compose`. */
export const composeCommands: Readonly<Record<string, ComposeEntry>> = {
  attach: listed(() => import('./attach.ts')),
  build: listed(() => import('./build.ts')),
  commit: listed(() => import('./commit.ts')),
  config: listed(() => import('./config.ts')),
  convert: hidden(() => import('./config.ts')),
  cp: listed(() => import('./cp.ts')),
  create: listed(() => import('./create.ts')),
  down: listed(() => import('./down.ts')),
  events: listed(() => import('./events.ts')),
  exec: listed(() => import('./exec.ts')),
  export: listed(() => import('./export.ts')),
  images: listed(() => import('./images.ts')),
  kill: listed(() => import('./kill.ts')),
  logs: listed(() => import('./logs.ts')),
  ls: listed(() => import('./ls.ts')),
  pause: listed(() => import('./pause.ts')),
  port: listed(() => import('./port.ts')),
  ps: listed(() => import('./ps.ts')),
  publish: listed(() => import('./publish.ts')),
  pull: listed(() => import('./pull.ts')),
  push: listed(() => import('./push.ts')),
  restart: listed(() => import('./restart.ts')),
  rm: listed(() => import('./rm.ts')),
  run: listed(() => import('./run.ts')),
  scale: listed(() => import('./scale.ts')),
  start: listed(() => import('./start.ts')),
  stats: listed(() => import('./stats.ts')),
  stop: listed(() => import('./stop.ts')),
  top: listed(() => import('./top.ts')),
  unpause: listed(() => import('./unpause.ts')),
  up: listed(() => import('./up.ts')),
  version: listed(() => import('./version.ts')),
  volumes: listed(() => import('./volumes.ts')),
  wait: listed(() => import('./wait.ts')),
  watch: listed(() => import('./watch.ts')),
};
