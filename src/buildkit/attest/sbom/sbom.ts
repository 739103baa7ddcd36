import type { Output } from '../../export/output.ts';
import type { ResultPart } from '../../result.ts';
import type { SbomRequest } from '../requests.ts';
import { runGenerator } from './run-generator.ts';
import { scanTree } from './scan-tree.ts';
import { spdxDocument } from './spdx.ts';

/** What is in an image, as an SPDX document: found by the engine, or by an image that the client names for that. */
export function sbomOf(
  output: Output,
  part: ResultPart,
  request: SbomRequest,
  epoch: number | undefined,
): Promise<object> {
  const { generator } = request;
  const title = `[${part.id}] generating sbom using ${generator ?? 'the engine'}`;
  return output.teller.during(title, async () => {
    if (generator !== undefined) return runGenerator(output, part, { ...request, generator });
    const { context, signal } = output;
    await using rootfs = context.builder.openRootfs(part.image);
    const packages = await scanTree(rootfs.root, signal);
    const created = epoch === undefined ? part.account.finishedAt : new Date(epoch * 1000);
    return spdxDocument(packages, { name: 'sbom', created, tool: `lading-${context.version}` });
  });
}
