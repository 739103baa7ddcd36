import type { ContentStore } from '../content/types.ts';
import type { EventBus } from '../events/types.ts';
import type { Logger } from '../lib/log.ts';
import type { Semaphore } from '../lib/semaphore.ts';
import type { Registry } from '../registry/client/types.ts';
import type { Snapshotter } from '../snapshot/types.ts';
import type { Flights } from './flights.ts';
import type { LayerLeases } from './layer-leases.ts';
import type { Pulled } from './pull.ts';
import type { ImageStore } from './store.ts';
import type { TransferProgress } from './types.ts';

/** What the verbs of this folder work on. */
export interface ImageContext {
  readonly store: ImageStore;
  readonly content: ContentStore;
  readonly snapshots: Snapshotter;
  readonly registry: Registry;
  readonly events: EventBus;
  readonly logger: Logger;
  readonly leases: LayerLeases;
  readonly pulls: Flights<Pulled>;
  readonly downloads: Flights<void>;
  readonly downloadSlots: Semaphore;
  readonly uploadSlots: Semaphore;
  readonly compressSlots: Semaphore;
}

export type Report = (progress: TransferProgress) => void;
