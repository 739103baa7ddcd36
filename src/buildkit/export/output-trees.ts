import { textOfBytes } from '../../lib/byte-string.ts';
import { invalid } from '../../lib/errors.ts';
import { walkTree } from '../../lib/walk-tree.ts';
import { Attestor } from '../attest/attestor.ts';
import { epochOf, flag } from './options.ts';
import type { SentTree } from '../peer.ts';
import type { OutputTask } from './output.ts';

/** The files of one platform, as a client gets them. */
interface OutputTree extends SentTree {
  /** The platform. */
  readonly id: string;
}

/** The file systems of a result, until they are disposed of. */
export async function outputTrees(
  output: OutputTask,
): Promise<{ readonly list: readonly OutputTree[] } & AsyncDisposable> {
  const { result, exporter, context } = output;
  const isSplit = flag(exporter.Attrs, 'platform-split') ?? result.isMap;
  const attestor = new Attestor(output);
  await using held = new AsyncDisposableStack();
  const list: OutputTree[] = [];
  for (const part of result.parts) {
    const { root } = held.use(context.builder.openRootfs(part.image));
    const suffix = result.isMap && !isSplit ? part.id.replaceAll('/', '_') : undefined;
    list.push({
      id: part.id,
      root,
      under: isSplit ? part.id.replaceAll('/', '_') : undefined,
      epoch: epochOf(exporter.Attrs, part.account.attributes),
      extra: await attestor.files(part, root, { prefix: exporter.Attrs['attestation-prefix'] ?? '', suffix }),
    });
  }
  const kept = held.move();
  return { list, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Several trees in one directory must not have files of the same name. */
export async function checkNoClash(trees: readonly OutputTree[]): Promise<void> {
  const owners = new Map<string, string>();
  for (const { root, under, id } of trees.length > 1 ? trees : [])
    if (under === undefined)
      for await (const { path, entry } of walkTree(root)) {
        if (entry.isDirectory()) continue;
        const owner = owners.get(path);
        if (owner !== undefined)
          throw invalid(
            `cannot overwrite ${textOfBytes(path)} from ${owner} with ${id} when split option is disabled`,
          );
        owners.set(path, id);
      }
}
