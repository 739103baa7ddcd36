import type { ExporterResponse, OutputTask } from './output.ts';
import { checkNoClash, outputTrees } from './output-trees.ts';
import { packOutput } from './pack-output.ts';

/** `type=tar`: the files as an archive for the client; of several platforms each below a directory of its own. */
export async function exportTar(output: OutputTask): Promise<ExporterResponse> {
  const { peer, number, task, signal } = output;
  await using trees = await outputTrees(output);
  await checkNoClash(trees.list);
  await task.part('sending tarball', () => peer.sendFile(packOutput(trees.list), number, signal));
  return {};
}
