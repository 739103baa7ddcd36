import { formatPlatform, type Platform } from '../../oci/platform.ts';
import { familiarRepository, type Reference, withDefaultTag } from '../../oci/reference.ts';

/** An image as a package URL (https://github.com/package-url/purl-spec), as BuildKit writes it. */
export function packageUrl(named: Reference, platform: Platform | undefined): string {
  const reference = withDefaultTag(named);
  const { tag, digest } = reference;
  const name = familiarRepository(reference).split('/').map(encodeURIComponent).join('/');
  const qualifiers = [
    ...(digest === undefined ? [] : [`digest=${encodeURIComponent(digest)}`]),
    ...(platform ? [`platform=${encodeURIComponent(formatPlatform(platform))}`] : []),
  ];
  const version = tag === undefined ? '' : `@${encodeURIComponent(tag)}`;
  return `pkg:docker/${name}${version}${qualifiers.length > 0 ? `?${qualifiers.join('&')}` : ''}`;
}
