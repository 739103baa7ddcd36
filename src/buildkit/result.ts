import type { BuiltImage, FetchedSource } from '../build/types.ts';
import type { Platform } from '../oci/platform.ts';
import type { FrontendAttributes } from './frontend/attributes.ts';
import type { ClientDockerfile } from './frontend/local-context.ts';

/** What came of a build: an image, or one for each of several platforms. */
export interface BuildResult {
  readonly parts: readonly ResultPart[];
  /** The client wants an index, even of a single platform. */
  readonly isMap: boolean;
}

/** The image for one platform. */
export interface ResultPart {
  /** How clients name the platform: `linux/arm64`. */
  readonly id: string;
  readonly platform: Platform;
  readonly image: BuiltImage;
  readonly account: BuildAccount;
}

/** How an image came to be, as far as the frontend knows. */
export interface BuildAccount {
  readonly dockerfile: Pick<ClientDockerfile, 'name' | 'text'>;
  readonly attributes: FrontendAttributes;
  /** Where its files came from, if not from the client. */
  readonly source?: FetchedSource;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly secrets: readonly { readonly id: string; readonly optional: boolean }[];
  readonly agents: readonly { readonly id: string; readonly optional: boolean }[];
}
