import { formatBytes } from '../../lib/bytes.ts';
import { kindOf } from '../../lib/errors.ts';
import { shortId } from '../../lib/id.ts';
import { familiarRepository, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { containersOf, nameOf, observe, serviceOf } from '../../compose/plan/observe.ts';
import type { ContainerSummary } from '../../wire/container.ts';
import { bool, text } from '../flags.ts';
import { align } from '../format/align.ts';
import { ago } from '../format/time.ts';
import { type ComposeContext, defineComposeCommand } from './globals.ts';
import { checkListFormat } from './list-format.ts';
import { projectNameOf } from './target.ts';

/** As Compose writes it in JSON. */
interface Row {
  readonly ID: string;
  readonly ContainerName: string;
  readonly Repository: string;
  readonly Tag: string;
  readonly Platform: string;
  readonly Size: number;
  /** When it was made, where it got its name with its bytes (`load`). */
  readonly LastTagTime?: string;
}

export const command = defineComposeCommand({
  summary: 'List images used by the created containers',
  usage: '[OPTIONS] [SERVICE...]',
  flags: { format: text('Format the output. Values: [table | json]'), quiet: bool('Only display IDs', 'q') },
  args: { min: 0 },
  async run(context, flags, services) {
    const observed = await observe(context.client, projectNameOf(context));
    const containers = [
      ...containersOf(observed, services),
      ...observed.oneOffs.filter((item) => services.length === 0 || services.includes(serviceOf(item))),
    ].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const rows = await Promise.all(containers.map((container) => rowOf(context, container)));
    if (flags.quiet) {
      for (const id of new Set(rows.map(({ ID }) => ID.replace(/^.*:/, '')))) context.out.write(`${id}\n`);
    } else if (checkListFormat(flags.format) === 'json') context.out.write(`${JSON.stringify(rows)}\n\n`);
    else context.out.write(align([headings, ...rows.map(cellsOf)], 20));
  },
});

async function rowOf({ client }: ComposeContext, container: ContainerSummary): Promise<Row> {
  const reference = /^(sha256:)?[0-9a-f]{12,64}$/.test(container.Image)
    ? undefined
    : withDefaultTag(parseReference(container.Image));
  const base = {
    ID: container.ImageID,
    ContainerName: nameOf(container),
    Repository: reference ? familiarRepository(reference) : '',
    Tag: reference?.tag ?? '',
  };
  const image = await client.images.inspect(container.ImageID).catch((error: unknown) => {
    if (kindOf(error) === 'not-found') return undefined; // removed while its container stays
    throw error;
  });
  if (!image) return { ...base, Platform: '', Size: 0 };
  const tagged = [image.Metadata?.LastTagTime, image.Created].find(isMoment);
  return {
    ...base,
    Platform: [image.Os, image.Architecture, image.Variant].filter(Boolean).join('/'),
    Size: image.Size,
    ...(tagged !== undefined && { LastTagTime: tagged }),
  };
}

/** Images may have none, or the year 1. */
const isMoment = (text: string | undefined): text is string => text !== undefined && Date.parse(text) > 0;

const headings = ['CONTAINER', 'REPOSITORY', 'TAG', 'PLATFORM', 'IMAGE ID', 'SIZE', 'CREATED'];

const cellsOf = (row: Row): string[] => [
  row.ContainerName,
  row.Repository || '<none>',
  row.Tag || '<none>',
  row.Platform,
  shortId(row.ID),
  formatBytes(row.Size, 3),
  row.LastTagTime === undefined ? 'N/A' : ago(Date.parse(row.LastTagTime) / 1000),
];
