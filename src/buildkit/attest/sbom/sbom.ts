import type { Output } from '../../export/output.ts';
import type { BuildAccount, ResultPart } from '../../result.ts';
import type { SbomRequest } from '../requests.ts';
import type { SbomDocument } from './read-documents.ts';
import { runGenerator } from './run-generator.ts';
import { scanTree } from './scan-tree.ts';
import { spdxDocument } from './spdx.ts';

/** What is in an image, as SPDX documents: found by the engine, or by an image that the client names for that. */
export function sbomOf(
  output: Output,
  part: ResultPart,
  request: SbomRequest,
  epoch: number | undefined,
): Promise<SbomDocument[]> {
  const { generator } = request;
  const title = `[${part.id}] generating sbom using ${generator ?? 'the engine'}`;
  return output.teller.during(title, async (task) => {
    for (const argument of unheard(part.account))
      task.warn(`${argument}: only what the build results in is scanned`);
    if (generator !== undefined) return runGenerator(output, part, { ...request, generator });
    const { context, signal } = output;
    await using rootfs = context.builder.openRootfs(part.image);
    const packages = await scanTree(rootfs.root, signal);
    const created = epoch === undefined ? part.account.finishedAt : new Date(epoch * 1000);
    const content = spdxDocument(packages, { name: 'sbom', created, tool: `lading-${context.version}` });
    return [{ file: 'sbom.spdx.json', type: 'https://spdx.dev/Document', content }];
  });
}

/** Arguments by which BuildKit scans more than the result. */
function unheard({ dockerfile, attributes }: BuildAccount): string[] {
  return ['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE'].filter((name) => {
    const [, written = ''] =
      new RegExp(`^[ \\t]*ARG[ \\t]+${name}(?:=(\\S*))?[ \\t]*$`, 'im').exec(dockerfile.text) ?? [];
    const value = attributes[`build-arg:${name}`] ?? written;
    return !/^(?:0|f|false)?$/i.test(value);
  });
}
