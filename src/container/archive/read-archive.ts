import { setImmediate as breathe } from 'node:timers/promises';
import { readXattrs } from '../../kernel/xattr.ts';
import { bytesOfText, textOfBytes } from '../../lib/byte-string.ts';
import { packTree } from '../../lib/tar/pack-tree.ts';
import type { ContainerRecord } from '../container-record.ts';
import { type Context, publish } from '../context.ts';
import type { PathStat } from '../types.ts';
import { holdRootfs, openTree } from './container-tree.ts';
import { baseNameOf, isHidden, locate } from './locate.ts';
import { describe } from './path-stat.ts';

/** The verb behind `GET …/archive`: the path and all below it, under its base name. What it holds is freed at its end or by the signal. */
export async function readArchive(
  context: Context,
  record: ContainerRecord,
  name: string,
  path: string,
  signal?: AbortSignal,
): Promise<{ stat: PathStat; tar: AsyncIterable<Uint8Array> }> {
  await using held = new AsyncDisposableStack();
  const tree = held.use(await openTree(context, record));
  const found = held.use(locate(name, tree, path));
  const stat = describe(tree, path, found);
  const base = baseNameOf(path);
  const realPath = found.realPath === '' ? '' : `/${textOfBytes(found.realPath)}`;
  const chunks = packTree(found.path, {
    name: bytesOfText(base),
    readXattrs,
    skip: (inside) => isHidden(tree, realPath + textOfBytes(inside).slice(base === '/' ? 0 : base.length)),
  });
  publish(context, record, 'archive-path');
  return { stat, tar: streaming(chunks, held.move(), signal) };
}

/** The verb `export`: the root file system without what is mounted in it. */
export async function* exportRootfs(
  context: Context,
  record: ContainerRecord,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const held = new AsyncDisposableStack();
  const root = holdRootfs(context, record, held);
  yield* streaming(packTree(root, { readXattrs }), held, signal);
  publish(context, record, 'export');
}

function streaming(
  chunks: Iterable<Uint8Array>,
  held: AsyncDisposableStack,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  const release = (): void => void held.disposeAsync();
  signal?.addEventListener('abort', release); // also for a reader that never begins
  return (async function* () {
    try {
      for (const chunk of chunks) {
        signal?.throwIfAborted();
        yield chunk;
        await breathe();
      }
    } finally {
      signal?.removeEventListener('abort', release);
      await held.disposeAsync();
    }
  })();
}
