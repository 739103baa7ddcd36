import { flushCompileCache, getCompileCacheDir } from 'node:module';

/** Set in a process that was started anew: where the cache can't be written, it is not started again and again. */
const MARK = 'LADE_STARTED_ANEW';

/** What an engine loads later, or in other threads. */
const later = [
  () => import('../network/worker/main.ts'),
  () => import('../snapshot/worker/main.ts'),
  () => import('../build/builder.ts'),
  () => import('../build/ops/worker/main.ts'),
];

/**
 * Node strips the types of a file when it first meets it, and keeps what it needs for that in memory: 35 MB, for as long as the process
 * lives. So the first engine of a version does that for all its files, keeps the compiled code, and starts anew in the same process.
 * To be called when the engine's files are loaded and nothing is open yet.
 */
export async function startAnewIfStripped(): Promise<void> {
  const isAnew = process.env[MARK] !== undefined;
  delete process.env[MARK];
  if (isAnew || getCompileCacheDir() === undefined || !hasStripped()) return;
  for (const load of later) await load();
  flushCompileCache();
  const [, ...args] = process.argv;
  process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...args], {
    ...process.env,
    [MARK]: '1',
  });
}

/** Whether the part of Node that strips types (amaro) was loaded. */
function hasStripped(): boolean {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  return moduleLoadList.some((name) => name.includes('amaro'));
}
