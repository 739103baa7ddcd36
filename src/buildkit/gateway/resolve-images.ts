import type { Image } from '../../image/types.ts';
import { EngineError } from '../../lib/errors.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatPlatform, type Platform, platformMatches } from '../../oci/platform.ts';
import { familiarName, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { imageByPolicy } from '../../build/policy/apply-policy.ts';
import { digestIn } from '../../build/result/base-list.ts';
import type { BuildKitContext } from '../context.ts';
import type { Job } from '../control/job.ts';
import { peerOf } from '../session/session-peer.ts';

export interface PlatformMessage {
  readonly Architecture: string;
  readonly OS: string;
  readonly Variant: string;
}

export interface ResolvedImage {
  readonly name: string;
  readonly digest: Digest;
  readonly config: Buffer;
}

/** What an image name means: of the store where it is there, else it is pulled; always with mode `pull`. */
export async function resolveImage(
  context: BuildKitContext,
  job: Job,
  wanted: { readonly name: string; readonly platform: PlatformMessage | null; readonly mode: string },
  signal: AbortSignal,
): Promise<ResolvedImage> {
  const { images } = context;
  const asked = { ...wanted, name: imageByPolicy(job.policy, wanted.name) };
  const reference = withDefaultTag(parseReference(asked.name));
  const platform = asked.platform?.Architecture ? platformOf(asked.platform) : undefined;
  const local = images.find(asked.name);
  if (local && asked.mode !== 'pull' && (!platform || platformMatches(local.config, platform)))
    return describe(local, asked.name);
  if (asked.mode === 'local')
    throw new EngineError(
      'not-found',
      `${familiarName(reference)}${platform ? ` (${formatPlatform(platform)})` : ''}: not found`,
    );
  const peer = await peerOf(context, job.session, signal);
  const auth = await peer.credentials(reference.domain, signal);
  const pulled = await images.pull(reference, {
    signal,
    ...(auth && { auth }),
    ...(platform && { platform }),
  });
  return describe(pulled.image, asked.name);
}

function platformOf({ OS, Architecture, Variant }: PlatformMessage): Platform {
  return { os: OS, architecture: Architecture, ...(Variant !== '' && { variant: Variant }) };
}

const describe = (image: Image, name: string): ResolvedImage => ({
  name,
  digest: digestIn(image, name) ?? image.id,
  config: Buffer.from(JSON.stringify(image.config)),
});
