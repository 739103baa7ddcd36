import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { projectDocument } from '../../../compose/model/project-document.ts';
import type { Project } from '../../../compose/model/types.ts';
import { goYaml } from '../../../lib/go-yaml.ts';
import { runAttached } from '../../container/run.ts';
import { ExitError } from '../../exit-code.ts';
import { ensureImage } from './ensure-image.ts';
import type { ComposeContext } from '../globals.ts';

/** Has a transformation image make something of a project: it reads `/in/compose.yaml` and writes to `/out`. */
export async function transform(
  context: ComposeContext,
  project: Project,
  image: string,
  { output, templates }: { readonly output: string; readonly templates: string | undefined },
): Promise<void> {
  await ensureImage(context, image);
  const input = mkdtempSync(join(tmpdir(), 'compose-convert-'));
  try {
    writeFileSync(
      join(input, 'compose.yaml'),
      goYaml(projectDocument(project, { style: 'yaml', allResources: true })),
    );
    mkdirSync(output, { recursive: true });
    const { Id } = await context.client.containers.create({
      Image: image,
      User: String(process.getuid?.() ?? 0),
      Env: ['LICENSE_AGREEMENT=true'],
      AttachStdout: true,
      AttachStderr: true,
      HostConfig: {
        AutoRemove: true,
        Binds: [
          `${input}:/in`,
          `${output}:/out`,
          ...(templates === undefined ? [] : [`${resolve(context.cwd, templates)}:/templates`]),
        ],
      },
    });
    const status = await runAttached(context, Id, {
      tty: false,
      stdin: false,
      stdout: true,
      stderr: true,
      remove: true,
      signals: true,
    });
    if (status !== 0) throw new ExitError(status, `transformation ${image} ended with ${status}`);
  } finally {
    rmSync(input, { recursive: true, force: true });
  }
}
