import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { extractTar } from '../../../lib/tar/extract.ts';
import { print } from '../../context.ts';
import { ExitError } from '../../exit-code.ts';
import { text } from '../../flags.ts';
import { defineComposeCommand } from '../globals.ts';
import { ensureImage } from './ensure-image.ts';

const dockerfile = `FROM docker/compose-bridge-transformer
LABEL com.docker.compose.bridge=transformation
COPY templates /templates
`;

export const command = defineComposeCommand({
  summary: 'Create a new transformation',
  usage: '[OPTION] PATH',
  flags: {
    from: text('Existing transformation to copy (default: docker/compose-bridge-kubernetes)', 'f'),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [path = '']) {
    const output = resolve(context.cwd, path);
    if (existsSync(output)) throw new ExitError(1, `output folder ${output} already exists`);
    const image = flags.from ?? 'docker/compose-bridge-kubernetes';
    await ensureImage(context, image);
    const { containers } = context.client;
    const { Id } = await containers.create({ Image: image });
    try {
      const { tar } = await containers.readArchive(Id, '/templates');
      mkdirSync(output, { recursive: true });
      await extractTar(tar, output, { owner: 'self' });
      writeFileSync(join(output, 'Dockerfile'), dockerfile);
    } catch (error) {
      rmSync(output, { recursive: true, force: true });
      throw error;
    } finally {
      await containers.remove(Id, { force: true });
    }
    print(context, `Transformer created in ${JSON.stringify(output)}`);
  },
});
