import type { Command } from './command.ts';

type Loader = () => Promise<{ readonly command: Command<any> }>;

/** Every command by its words; files are loaded when they are asked for. */
const container: Record<string, Loader> = {
  attach: () => import('./container/attach.ts'),
  commit: () => import('./container/commit.ts'),
  cp: () => import('./container/cp.ts'),
  create: () => import('./container/create.ts'),
  diff: () => import('./container/diff.ts'),
  exec: () => import('./container/exec.ts'),
  export: () => import('./container/export.ts'),
  kill: () => import('./container/kill.ts'),
  logs: () => import('./container/logs.ts'),
  pause: () => import('./container/pause.ts'),
  port: () => import('./container/port.ts'),
  rename: () => import('./container/rename.ts'),
  restart: () => import('./container/restart.ts'),
  rm: () => import('./container/rm.ts'),
  run: () => import('./container/run.ts'),
  start: () => import('./container/start.ts'),
  stats: () => import('./container/stats.ts'),
  stop: () => import('./container/stop.ts'),
  top: () => import('./container/top.ts'),
  unpause: () => import('./container/unpause.ts'),
  update: () => import('./container/update.ts'),
  wait: () => import('./container/wait.ts'),
};
const list: Loader = () => import('./container/ps.ts');
const images: Loader = () => import('./image/ls.ts');
const build: Loader = () => import('./image/build.ts');

export const groups: Readonly<
  Record<string, { readonly summary: string; readonly commands: Readonly<Record<string, Loader>> }>
> = {
  container: {
    summary: 'Manage containers',
    commands: {
      ...container,
      ls: list,
      list,
      ps: list,
      remove: () => import('./container/rm.ts'),
      inspect: () => import('./container/inspect.ts'),
      prune: () => import('./container/prune.ts'),
    },
  },
  image: {
    summary: 'Manage images',
    commands: {
      build,
      history: () => import('./image/history.ts'),
      import: () => import('./image/import.ts'),
      inspect: () => import('./image/inspect.ts'),
      load: () => import('./image/load.ts'),
      ls: images,
      list: images,
      prune: () => import('./image/prune.ts'),
      pull: () => import('./image/pull.ts'),
      push: () => import('./image/push.ts'),
      rm: () => import('./image/rm.ts'),
      remove: () => import('./image/rm.ts'),
      save: () => import('./image/save.ts'),
      tag: () => import('./image/tag.ts'),
    },
  },
  network: {
    summary: 'Manage networks',
    commands: {
      connect: () => import('./network/connect.ts'),
      create: () => import('./network/create.ts'),
      disconnect: () => import('./network/disconnect.ts'),
      inspect: () => import('./network/inspect.ts'),
      ls: () => import('./network/ls.ts'),
      list: () => import('./network/ls.ts'),
      prune: () => import('./network/prune.ts'),
      rm: () => import('./network/rm.ts'),
      remove: () => import('./network/rm.ts'),
    },
  },
  volume: {
    summary: 'Manage volumes',
    commands: {
      create: () => import('./volume/create.ts'),
      inspect: () => import('./volume/inspect.ts'),
      ls: () => import('./volume/ls.ts'),
      list: () => import('./volume/ls.ts'),
      prune: () => import('./volume/prune.ts'),
      rm: () => import('./volume/rm.ts'),
      remove: () => import('./volume/rm.ts'),
    },
  },
  system: {
    summary: 'Manage the engine',
    commands: {
      df: () => import('./system/df.ts'),
      events: () => import('./system/events.ts'),
      info: () => import('./system/info.ts'),
      prune: () => import('./system/prune.ts'),
    },
  },
  builder: {
    summary: 'Manage builds',
    commands: { build, prune: () => import('./image/builder-prune.ts') },
  },
};

/** Commands of one word: Docker's short forms. */
export const topLevel: Readonly<Record<string, Loader>> = {
  ...container,
  ps: list,
  images,
  rmi: () => import('./image/rm.ts'),
  build,
  history: () => import('./image/history.ts'),
  import: () => import('./image/import.ts'),
  load: () => import('./image/load.ts'),
  pull: () => import('./image/pull.ts'),
  push: () => import('./image/push.ts'),
  save: () => import('./image/save.ts'),
  tag: () => import('./image/tag.ts'),
  inspect: () => import('./system/inspect.ts'),
  events: () => import('./system/events.ts'),
  info: () => import('./system/info.ts'),
  version: () => import('./system/version.ts'),
  login: () => import('./system/login.ts'),
  logout: () => import('./system/logout.ts'),
};
