import type { Builder } from '../build/types.ts';
import type { Images } from '../image/types.ts';
import type { Logger } from '../lib/log.ts';
import type { BuildChanges } from './record/build-changes.ts';
import type { ClientRecords } from './record/client-records.ts';
import type { Sessions } from './session/sessions.ts';

/** What the BuildKit edge works with. */
export interface BuildKitContext {
  readonly builder: Builder;
  readonly images: Images;
  readonly sessions: Sessions;
  readonly records: ClientRecords;
  readonly changes: BuildChanges;
  readonly logger: Logger;
  /** The engine's version and a stable id, for clients that ask who works for them. */
  readonly version: string;
  readonly engineId: string;
  /** Address under which containers reach the host (`host-gateway`); undefined when there is no bridge. */
  readonly hostGateway: () => string | undefined;
}
