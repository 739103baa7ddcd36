import { formatBytes } from '../../lib/bytes.ts';
import { shortId } from '../../lib/id.ts';
import type { ImageManifestSummary, ImageSummary, OciPlatform } from '../../wire/image.ts';
import { align } from '../format/align.ts';

const heading = ['IMAGE', 'ID', 'DISK USAGE', 'CONTENT SIZE', 'IN USE'];

/** Images with the platforms of each below it, those that are not here too. Only names are shown on lines of their own. */
export function formatTree(images: readonly ImageSummary[]): string {
  return align([heading, ...images.flatMap(rowsOfImage)]);
}

function rowsOfImage(image: ImageSummary): string[][] {
  const names = image.RepoTags.length > 0 ? image.RepoTags : ['<untagged>'];
  const platforms = (image.Manifests ?? []).filter(({ Kind }) => Kind === 'image');
  const content = (image.Manifests ?? []).reduce((sum, { Size }) => sum + Size.Content, 0);
  return [
    ...names.slice(0, -1).map((name) => [name, '', '', '', '']),
    [
      names.at(-1) ?? '',
      shortId(image.Id),
      formatBytes(image.Size, 3),
      formatBytes(content, 3),
      image.Containers > 0 ? 'U' : '',
    ],
    ...platforms.map((manifest, index) => rowOf(manifest, index === platforms.length - 1)),
  ];
}

function rowOf({ ID, Size, ImageData, Available }: ImageManifestSummary, isLast: boolean): string[] {
  const name = ImageData ? platformText(ImageData.Platform) : '';
  return [
    `${isLast ? '└─' : '├─'} ${name}`,
    shortId(ID),
    Available ? formatBytes(Size.Total, 3) : '-',
    Available ? formatBytes(Size.Content, 3) : '-',
    (ImageData?.Containers.length ?? 0) > 0 ? 'U' : '',
  ];
}

const platformText = ({ os, architecture, variant }: OciPlatform): string =>
  [os, architecture, variant].filter(Boolean).join('/');
