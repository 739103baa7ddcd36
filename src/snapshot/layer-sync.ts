import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Digest } from '../oci/digest.ts';
import type { LayerStore } from './layer-store.ts';

/** Layers often come several in a row: it is waited for a moment without one, but not for ever. */
const DELAY_MS = 1000;
const LONGEST_MS = 10_000;

/**
 * Brings committed layers to disk a moment after they were made, many at once, so that neither a build step nor a pull waits for it. Until then a
 * layer's record says that a crash of the machine may have cost its content.
 */
export class LayerSync {
  private readonly store: LayerStore;
  private readonly log: Logger;
  private timer: NodeJS.Timeout | undefined;
  private since = 0;
  private running = Promise.resolve();

  constructor(store: LayerStore, log: Logger) {
    this.store = store;
    this.log = log;
    if (store.unsynced.size > 0) this.schedule();
  }

  add(diffId: Digest): void {
    this.store.unsynced.add(diffId);
    this.schedule();
  }

  /** Brings everything to disk now. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running = this.running.then(() => this.sync());
    return this.running;
  }

  private schedule(): void {
    if (this.timer === undefined) this.since = Date.now();
    else if (Date.now() - this.since > LONGEST_MS) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), DELAY_MS).unref();
  }

  private async sync(): Promise<void> {
    const layers: Digest[] = [...this.store.unsynced];
    if (layers.length === 0) return;
    try {
      await this.store.bringToDisk(layers);
    } catch (error) {
      this.log.warn('cannot sync layers', { error: messageOf(error) });
    }
  }
}
