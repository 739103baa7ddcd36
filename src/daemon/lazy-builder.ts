import { readdirSync, rmSync } from 'node:fs';
import type { BuilderOptions, OpenBuilder } from '../build/builder.ts';
import type { Images } from '../image/types.ts';
import { hasCode } from '../lib/errors.ts';
import { contextsOf } from './paths.ts';

/** What the bundles of build steps begin with. */
const STEP = 'build-';

/** The builder, loaded at its first use: an engine that only runs containers stays small. */
export class LazyBuilder {
  private readonly options: BuilderOptions;
  private opened: Promise<OpenBuilder> | undefined;

  constructor(options: BuilderOptions) {
    this.options = options;
  }

  get(): Promise<OpenBuilder> {
    this.opened ??= this.open();
    return this.opened;
  }

  /** At the start of the engine: ends what builds of an earlier one left running. Loads the builder only when there is such. */
  async recover(): Promise<void> {
    const { build, bundles } = this.options.paths;
    rmSync(contextsOf(build), { recursive: true, force: true });
    if (namesIn(bundles).some((name) => name.startsWith(STEP))) await this.get();
  }

  /** The cache holds layers, which the builder must have said before any are deleted. */
  guard(images: Images): Images {
    const first =
      <A extends unknown[], R>(verb: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        await this.get();
        return verb(...args);
      };
    return {
      ...images,
      remove: first(images.remove),
      prune: first(images.prune),
      collect: first(images.collect),
    };
  }

  async close(): Promise<void> {
    const builder = await this.opened?.catch(() => undefined);
    await builder?.close();
  }

  private async open(): Promise<OpenBuilder> {
    try {
      const { openBuilder } = await import('../build/builder.ts');
      const builder = openBuilder(this.options);
      await builder.recover();
      return builder;
    } catch (error) {
      this.opened = undefined;
      throw error;
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
