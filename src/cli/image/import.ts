import { familiarRepository, parseReference } from '../../oci/reference.ts';
import { defineCommand } from '../command.ts';
import { list, text } from '../flags.ts';
import { showProgress } from '../progress.ts';
import { openFile } from './load.ts';

export const command = defineCommand({
  summary: 'Import the contents from a tarball to create a filesystem image',
  usage: '[OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  flags: {
    change: list('Apply Dockerfile instruction to the created image', 'c'),
    message: text('Set commit message for imported image', 'm'),
    platform: text('Set platform if server is multi-platform capable'),
  },
  args: { min: 1, max: 2 },
  async run(context, flags, [file = '', name]) {
    const reference = name === undefined ? undefined : parseReference(name);
    const isUrl = /^https?:\/\//.test(file);
    const source = isUrl ? undefined : file === '-' ? context.in : await openFile(file);
    const lines = await context.client.images.import(source as AsyncIterable<Uint8Array> | undefined, {
      fromSrc: isUrl ? file : '-',
      ...(reference && { repo: familiarRepository(reference), tag: reference.tag ?? 'latest' }),
      ...(flags.message !== undefined && { message: flags.message }),
      ...(flags.platform !== undefined && { platform: flags.platform }),
      changes: flags.change,
    });
    await showProgress(lines, context.out);
  },
});
