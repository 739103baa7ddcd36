import { formatBytes } from '../../../lib/bytes.ts';
import { shortId } from '../../../lib/id.ts';
import { familiarRepository, parseReference } from '../../../oci/reference.ts';
import type { ImageSummary } from '../../../wire/image.ts';
import { print } from '../../context.ts';
import { bool, text } from '../../flags.ts';
import { align } from '../../format/align.ts';
import { defineComposeCommand } from '../globals.ts';
import { checkListFormat } from '../list-format.ts';

export const command = defineComposeCommand({
  summary: 'List available transformations',
  usage: '[OPTIONS]',
  flags: {
    format: text('Format the output. Values: [table | json]'),
    quiet: bool('Only display transformer names', 'q'),
  },
  async run(context, flags) {
    const images = await context.client.images.list({
      filters: { label: ['com.docker.compose.bridge=transformation'] },
    });
    if (flags.quiet) for (const { Id, RepoTags } of images) print(context, RepoTags[0] ?? Id);
    else if (checkListFormat(flags.format) === 'json') print(context, JSON.stringify(images));
    else context.out.write(align([['IMAGE ID', 'REPO', 'TAGS', 'SIZE'], ...images.map(rowOf)], 20));
  },
});

function rowOf({ Id, RepoTags, Size }: ImageSummary): string[] {
  const reference = RepoTags[0] === undefined ? undefined : parseReference(RepoTags[0]);
  return [
    shortId(Id),
    reference ? familiarRepository(reference) : '<none>',
    reference?.tag ?? '<none>',
    formatBytes(Size, 3),
  ];
}
