import { notFound } from '../lib/errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { formatPlatform, hostPlatform, type Platform, platformMatches } from '../oci/platform.ts';

/** The entry of an index that runs on `wanted` (the host when absent), the best one first. */
export function choosePlatform(
  entries: readonly Descriptor[],
  wanted: Platform = hostPlatform(),
): Descriptor {
  const images = entries.filter((entry) => !isAttestation(entry));
  const match = bestPlatform(images, (entry) => entry.platform, wanted);
  if (match) return match;
  const [only, second] = images;
  if (only && !second && !only.platform) return only;
  throw notFound(`no matching manifest for ${formatPlatform(wanted)} in the manifest list entries`);
}

/** What runs on `wanted` (the host when absent) best. */
export function bestPlatform<T>(
  choices: readonly T[],
  platformOf: (choice: T) => Platform | undefined,
  wanted: Platform = hostPlatform(),
): T | undefined {
  for (const platform of acceptable(wanted)) {
    const match = choices.find((choice) => {
      const have = platformOf(choice);
      return have && platformMatches(have, platform);
    });
    if (match) return match;
  }
  return undefined;
}

/** BuildKit files provenance beside the images, as manifests of an unknown platform. */
export const isAttestation = (entry: Descriptor): boolean =>
  entry.platform?.architecture === 'unknown' ||
  entry.annotations?.['vnd.docker.reference.type'] !== undefined;

const armVariants = ['v8', 'v7', 'v6', 'v5'];

/** Platforms whose programs run on `wanted` too, as containerd orders them. */
function acceptable(wanted: Platform): Platform[] {
  const { variant, ...plain } = wanted;
  if (wanted.architecture === 'arm') {
    const from = armVariants.indexOf(variant ?? 'v7');
    if (from >= 0) return armVariants.slice(from).map((lower) => ({ ...plain, variant: lower }));
  }
  if (wanted.architecture === 'arm64')
    return [wanted, ...armVariants.map((lower) => ({ ...plain, architecture: 'arm', variant: lower }))];
  if (wanted.architecture === 'amd64') {
    return [
      wanted,
      ...(variant === undefined ? [{ ...plain, variant: 'v1' }] : [plain]),
      { ...plain, architecture: '386' },
    ];
  }
  return [wanted];
}
