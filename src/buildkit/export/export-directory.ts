import type { ExporterResponse, OutputTask } from './output.ts';
import { checkNoClash, outputTrees } from './output-trees.ts';

/** `type=local`: the files, into a directory of the client; of several platforms each into one below it. */
export async function exportDirectory(output: OutputTask): Promise<ExporterResponse> {
  const { peer, number, task, signal } = output;
  await using trees = await outputTrees(output);
  await checkNoClash(trees.list);
  for (const tree of trees.list) {
    const title = tree.under === undefined ? 'copying files' : `copying files ${tree.id}`;
    await task.part(title, () => peer.sendTree(tree, number, signal));
  }
  return {};
}
