import type { Command } from './command.ts';

/** Loads the file of a command when it is asked for. */
export type Loader = () => Promise<{ readonly command: Command<any> }>;

/** Commands that share their first word. */
export interface Group {
  readonly summary: string;
  readonly commands: Readonly<Record<string, Loader>>;
  /** Other words for some of the commands. */
  readonly aliases?: Readonly<Record<string, string>>;
}

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
  why: () => import('./container/why.ts'),
};
const list: Loader = () => import('./container/ps.ts');
const images: Loader = () => import('./image/ls.ts');
const build: Loader = () => import('./image/build.ts');

const listAliases = { list: 'ls', remove: 'rm' };

export const groups: Readonly<Record<string, Group>> = {
  builder: {
    summary: 'Manage builds',
    commands: {
      build,
      cache: () => import('./build/cache.ts'),
      history: () => import('./build/history.ts'),
      prune: () => import('./image/builder-prune.ts'),
      rm: () => import('./build/rm.ts'),
      why: () => import('./build/why.ts'),
    },
    aliases: { list: 'history', ls: 'history', remove: 'rm' },
  },
  checkpoint: {
    summary: 'Manage checkpoints',
    commands: {
      create: () => import('./checkpoint/create.ts'),
      ls: () => import('./checkpoint/ls.ts'),
      rm: () => import('./checkpoint/rm.ts'),
    },
    aliases: listAliases,
  },
  container: {
    summary: 'Manage containers',
    commands: {
      ...container,
      ls: list,
      inspect: () => import('./container/inspect.ts'),
      prune: () => import('./container/prune.ts'),
    },
    aliases: { ...listAliases, ps: 'ls' },
  },
  image: {
    summary: 'Manage images',
    commands: {
      build,
      explain: () => import('./image/explain.ts'),
      history: () => import('./image/history.ts'),
      import: () => import('./image/import.ts'),
      inspect: () => import('./image/inspect.ts'),
      load: () => import('./image/load.ts'),
      ls: images,
      prune: () => import('./image/prune.ts'),
      pull: () => import('./image/pull.ts'),
      push: () => import('./image/push.ts'),
      rm: () => import('./image/rm.ts'),
      save: () => import('./image/save.ts'),
      tag: () => import('./image/tag.ts'),
    },
    aliases: listAliases,
  },
  manifest: {
    summary: 'Manage image manifests and manifest lists',
    commands: {
      annotate: () => import('./manifest/annotate.ts'),
      create: () => import('./manifest/create.ts'),
      inspect: () => import('./manifest/inspect.ts'),
      push: () => import('./manifest/push.ts'),
      rm: () => import('./manifest/rm.ts'),
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
      prune: () => import('./network/prune.ts'),
      rm: () => import('./network/rm.ts'),
    },
    aliases: listAliases,
  },
  context: {
    summary: 'Manage contexts',
    commands: {
      create: () => import('./contexts/create.ts'),
      export: () => import('./contexts/export.ts'),
      import: () => import('./contexts/import.ts'),
      inspect: () => import('./contexts/inspect.ts'),
      ls: () => import('./contexts/ls.ts'),
      rm: () => import('./contexts/rm.ts'),
      show: () => import('./contexts/show.ts'),
      update: () => import('./contexts/update.ts'),
      use: () => import('./contexts/use.ts'),
    },
    aliases: { list: 'ls', remove: 'rm' },
  },
  system: {
    summary: 'Manage the engine',
    commands: {
      'dial-stdio': () => import('./system/dial-stdio.ts'),
      df: () => import('./system/df.ts'),
      events: () => import('./system/events.ts'),
      info: () => import('./system/info.ts'),
      prune: () => import('./system/prune.ts'),
    },
  },
  volume: {
    summary: 'Manage volumes',
    commands: {
      create: () => import('./volume/create.ts'),
      inspect: () => import('./volume/inspect.ts'),
      ls: () => import('./volume/ls.ts'),
      prune: () => import('./volume/prune.ts'),
      rm: () => import('./volume/rm.ts'),
    },
    aliases: listAliases,
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
  search: () => import('./image/search.ts'),
  tag: () => import('./image/tag.ts'),
  inspect: () => import('./system/inspect.ts'),
  events: () => import('./system/events.ts'),
  info: () => import('./system/info.ts'),
  version: () => import('./system/version.ts'),
  login: () => import('./system/login.ts'),
  logout: () => import('./system/logout.ts'),
  trust: () => import('./system/trust.ts'),
};
