import type { Logger } from '../../lib/log.ts';
import type { CacheUsage, GcPolicy, Pruning } from './types.ts';

interface CollectorOptions {
  readonly policies: () => readonly GcPolicy[];
  readonly prune: (
    pruning: Pruning,
    sweep: boolean,
  ) => Promise<{ readonly deleted: readonly CacheUsage[]; readonly freed: number }>;
  readonly logger: Logger;
  /** Milliseconds after a build; builds that follow one another are waited for. */
  readonly delay?: number;
}

const DELAY = 5000;

/** Keeps the cache within its policies, in the background after builds. */
export class Collector {
  private readonly options: CollectorOptions;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(options: CollectorOptions) {
    this.options = options;
  }

  /** A build has ended. */
  schedule(): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.running.then(() => this.collect());
    }, this.options.delay ?? DELAY);
    this.timer.unref();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async collect(): Promise<void> {
    const { policies, prune, logger } = this.options;
    try {
      const all = policies();
      for (const [index, policy] of all.entries()) {
        if (this.closed) return;
        const { deleted, freed } = await prune(policy, index === all.length - 1);
        if (deleted.length > 0) logger.info('build cache collected', { records: deleted.length, freed });
      }
    } catch (error) {
      logger.warn('the build cache can not be collected', { error });
    }
  }
}
