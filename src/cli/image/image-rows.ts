import { formatBytes } from '../../lib/bytes.ts';
import { shortId } from '../../lib/id.ts';
import type { ImageSummary } from '../../wire/image.ts';
import type { Columns } from '../format/table.ts';
import { ago, fullTime } from '../format/time.ts';

/** An image under one of its names. */
export interface ImageRow {
  readonly image: ImageSummary;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** The rows of an image: one for each of its names, or one without. */
export function rowsOf(image: ImageSummary, digests: boolean): ImageRow[] {
  const digestOf = (repository: string): string =>
    image.RepoDigests.find((name) => name.startsWith(`${repository}@`))?.split('@')[1] ?? '<none>';
  const named = image.RepoTags.map((name) => {
    const colon = name.lastIndexOf(':');
    const repository = name.slice(0, colon);
    return {
      image,
      repository,
      tag: name.slice(colon + 1),
      digest: digests ? digestOf(repository) : '<none>',
    };
  });
  if (named.length > 0) return named;
  const [repository = '<none>', digest = '<none>'] = image.RepoDigests[0]?.split('@') ?? [];
  return [{ image, repository, tag: '<none>', digest }];
}

/** The columns of a list of images. */
export const imageColumns = (whole: boolean): Columns<ImageRow> => ({
  Containers: ['CONTAINERS', ({ image }) => (image.Containers < 0 ? 'N/A' : String(image.Containers))],
  CreatedAt: ['CREATED AT', ({ image }) => fullTime(new Date(image.Created * 1000))],
  CreatedSince: ['CREATED', ({ image }) => ago(image.Created)],
  Digest: ['DIGEST', ({ digest }) => digest],
  ID: ['IMAGE ID', ({ image }) => (whole ? image.Id : shortId(image.Id))],
  Repository: ['REPOSITORY', ({ repository }) => repository],
  SharedSize: ['SHARED SIZE', ({ image }) => (image.SharedSize < 0 ? 'N/A' : formatBytes(image.SharedSize))],
  Size: ['SIZE', ({ image }) => formatBytes(image.Size, 3)],
  Tag: ['TAG', ({ tag }) => tag],
  UniqueSize: ['UNIQUE SIZE', () => 'N/A'],
  VirtualSize: ['SIZE', ({ image }) => formatBytes(image.Size)],
});
