import { once } from 'node:events';
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { Worker } from 'node:worker_threads';
import { keepAcrossExec } from '../kernel/keep-across-exec.ts';
import { inheritedDescriptors } from './inherited-sockets.ts';

/** Set in a process that was started anew: where the cache can't be written, it is not started again and again. */
const MARK = 'LADE_STARTED_ANEW';

/**
 * Node strips the types of a file when it first meets it, and keeps what it needs for that in memory: 35 MB, for as long as the process
 * lives. So the first engine of a version does that for all its files, keeps the compiled code, and starts anew in the same process.
 * To be called when the engine's files are loaded and nothing is open yet.
 */
export async function startAnewIfStripped(): Promise<void> {
  const isAnew = process.env[MARK] !== undefined;
  delete process.env[MARK];
  if (isAnew || getCompileCacheDir() === undefined || !hasStripped()) return;
  await import('../build/builder.ts'); // what an engine loads later
  await once(new Worker(new URL('./compile-worker.ts', import.meta.url)), 'exit');
  flushCompileCache();
  const [, ...args] = process.argv;
  for (const fd of inheritedDescriptors()) keepAcrossExec(fd);
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
