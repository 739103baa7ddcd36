import type { Client } from '../client/client.ts';
import { EngineError } from '../lib/errors.ts';
import { familiarName, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { AuthConfig } from '../wire/image.ts';
import type { Service } from './model/types.ts';
import { type Report, reported } from './progress.ts';

export interface PullOptions {
  readonly authFor?: (image: string) => Promise<AuthConfig | undefined>;
}

/** Pulls an image for the platform of a service. */
export async function pullImage(
  client: Client,
  name: string,
  service: Service,
  report: Report,
  options: PullOptions & { readonly signal?: AbortSignal },
): Promise<void> {
  await reported(report, 'Image', name, 'Pulling', 'Pulled', async () => {
    const auth = await options.authFor?.(name);
    const lines = await client.images.pull(familiarName(withDefaultTag(parseReference(name))), {
      ...(auth && { auth }),
      ...(service.platform !== undefined && { platform: service.platform }),
      ...(options.signal && { signal: options.signal }),
    });
    for await (const line of lines)
      if (line.error !== undefined)
        throw new EngineError('internal', line.errorDetail?.message ?? line.error);
  });
}
