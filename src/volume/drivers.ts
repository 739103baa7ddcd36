import { EngineError, prefixed } from '../lib/errors.ts';
import type { VolumeDriver } from './driver.ts';
import type { LocalDriver } from './local-driver.ts';
import { findPlugin, pluginNames } from './plugin/find-plugin.ts';
import { PluginDriver, type PluginLimits, pluginNotFound } from './plugin/plugin-driver.ts';

/** The drivers of volumes by name: `local`, and the plugins that the plugin directories name at the moment. */
export class Drivers {
  readonly local: LocalDriver;
  private readonly dirs: readonly string[];
  private readonly limits: PluginLimits | undefined;
  private readonly known = new Map<string, PluginDriver>();

  constructor(local: LocalDriver, dirs: readonly string[], limits?: PluginLimits) {
    this.local = local;
    this.dirs = dirs;
    this.limits = limits;
  }

  /** The driver of a volume that exists. */
  get(name: string): VolumeDriver {
    return name === 'local' ? this.local : this.plugin(name);
  }

  /** A driver that a user names for a new volume. Throws `not-found` with Docker's text. */
  async lookUp(name: string): Promise<VolumeDriver> {
    if (name === 'local') return this.local;
    try {
      if (!findPlugin(this.dirs, name)) throw pluginNotFound(name);
      const driver = this.plugin(name);
      await driver.activate();
      return driver;
    } catch (error) {
      throw prefixed(`error looking up volume plugin ${name}`, error);
    }
  }

  /** All plugins that could be asked for volumes. */
  plugins(): PluginDriver[] {
    return pluginNames(this.dirs).map((name) => this.plugin(name));
  }

  names(): string[] {
    return ['local', ...pluginNames(this.dirs)];
  }

  private plugin(name: string): PluginDriver {
    const known = this.known.get(name) ?? new PluginDriver(name, this.dirs, this.limits);
    this.known.set(name, known);
    return known;
  }
}

/** Whether a plugin is not there at all, or not one of volumes: it is passed over without a word. */
export const isOtherPlugin = (error: unknown): boolean =>
  error instanceof EngineError && error.kind === 'not-found';
