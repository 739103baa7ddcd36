import type { Loader } from '../commands.ts';

/** A command of `lade compose`. */
interface ComposeEntry {
  readonly load: Loader;
  /** Left out of the list of commands. */
  readonly hidden?: boolean;
}

const listed = (load: Loader): ComposeEntry => ({ load });
const hidden = (load: Loader): ComposeEntry => ({ load, hidden: true });

/** The commands of `lade compose`; those of groups have names of several words. */
export const composeCommands: Readonly<Record<string, ComposeEntry>> = {
  'alpha generate': listed(() => import('./generate.ts')),
  'alpha publish': listed(() => import('./publish.ts')),
  'alpha scale': hidden(() => import('./scale.ts')),
  'alpha viz': listed(() => import('./viz.ts')),
  'alpha watch': hidden(() => import('./watch.ts')),
  attach: listed(() => import('./attach.ts')),
  'bridge convert': listed(() => import('./bridge/convert.ts')),
  'bridge transformations create': listed(() => import('./bridge/create.ts')),
  'bridge transformations list': listed(() => import('./bridge/list.ts')),
  'bridge transformations ls': hidden(() => import('./bridge/list.ts')),
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

/** What groups of commands are for. */
export const composeGroups: Readonly<Record<string, string>> = {
  alpha: 'Experimental commands',
  bridge: 'Convert compose files into another model',
  'bridge transformations': 'Manage transformation images',
};
