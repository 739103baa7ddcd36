import type { DatabaseSync } from 'node:sqlite';
import type { BuildKit } from '../buildkit/serve-buildkit.ts';
import type { Images } from '../image/types.ts';
import type { Logger } from '../lib/log.ts';
import type { Networks } from '../network/types.ts';
import type { LazyBuilder } from './lazy-builder.ts';

interface Parts {
  readonly builder: LazyBuilder;
  readonly images: Images;
  readonly networks: Networks;
  readonly logger: Logger;
  readonly version: string;
  readonly engineId: string;
  readonly database: DatabaseSync;
}

/** The edge for BuildKit's clients, loaded when the first one comes. */
export function lazyBuildKit({ builder, networks, ...parts }: Parts): () => Promise<BuildKit> {
  let opened: Promise<BuildKit> | undefined;
  const open = async (): Promise<BuildKit> => {
    const { openBuildKit } = await import('../buildkit/serve-buildkit.ts');
    const hostGateway = (): string | undefined => networks.hostGateways()[0];
    return openBuildKit({ ...parts, builder: await builder.get(), hostGateway });
  };
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
