import type { Builder } from '../build/types.ts';

/** The builder and what it needs are loaded at its first use: an engine that only runs containers stays small. */
export class LazyBuilder {
  private readonly open: () => Promise<Builder>;
  private opened: Promise<Builder> | undefined;

  constructor(open: () => Promise<Builder>) {
    this.open = open;
  }

  get(): Promise<Builder> {
    this.opened ??= this.start();
    return this.opened;
  }

  private async start(): Promise<Builder> {
    try {
      const builder = await this.open();
      await builder.recover();
      return builder;
    } catch (error) {
      this.opened = undefined;
      throw error;
    }
  }
}
