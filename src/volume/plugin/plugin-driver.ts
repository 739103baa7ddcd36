import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { EngineError, internal } from '../../lib/errors.ts';
import type { DriverVolume, VolumeDriver, VolumeOptions } from '../driver.ts';
import type { VolumeScope } from '../types.ts';
import { callPlugin, type CallLimits } from './call-plugin.ts';
import { findPlugin, type PluginAddress } from './find-plugin.ts';

/** How long a plugin may take; Docker's own limits for work, shorter ones for questions that clients wait for. */
export interface PluginLimits {
  readonly work: number;
  readonly question: number;
}
export const pluginLimits: PluginLimits = { work: 120_000, question: 10_000 };

const CAPABILITY = 'VolumeDriver';
const LARGEST_LIST = 16 << 20;
const MOST_VOLUMES = 20_000;
const LONGEST_TEXT = 4096;

/** A plugin over Docker's legacy protocol, as a driver of volumes. What it answers is checked: a broken plugin breaks only its volumes. */
export class PluginDriver implements VolumeDriver {
  readonly name: string;
  private readonly dirs: readonly string[];
  private readonly limits: PluginLimits;
  private activated: Promise<void> | undefined;

  constructor(name: string, dirs: readonly string[], limits: PluginLimits = pluginLimits) {
    this.name = name;
    this.dirs = dirs;
    this.limits = limits;
  }

  /** Throws unless it is there and offers volumes. */
  async activate(patient = true): Promise<void> {
    this.activated ??= this.handshake(patient);
    try {
      await this.activated;
    } catch (error) {
      this.activated = undefined;
      throw error;
    }
  }

  private async handshake(patient: boolean): Promise<void> {
    const { Implements } = await this.raw('Plugin.Activate', {}, { within: this.limits.question, patient });
    if (!Array.isArray(Implements) || !Implements.includes(CAPABILITY))
      throw new EngineError(
        'not-found',
        `plugin "${this.name}" does not implement the ${CAPABILITY} interface`,
      );
  }

  async scope(): Promise<VolumeScope> {
    try {
      const { Capabilities } = await this.ask('Capabilities', {});
      return record(Capabilities)['Scope'] === 'global' ? 'global' : 'local';
    } catch {
      return 'local'; // older plugins don't know the question
    }
  }

  async create(name: string, options: VolumeOptions): Promise<void> {
    await this.work('Create', { Name: name, Opts: options });
  }

  async remove(name: string, _options: VolumeOptions, forget: () => void): Promise<void> {
    await this.work('Remove', { Name: name });
    forget();
  }

  async mount(name: string, user: string): Promise<string> {
    const { Mountpoint } = await this.work('Mount', { Name: name, ID: mountId(name, user) });
    if (!isPath(Mountpoint))
      throw internal(`VolumeDriver.Mount: the plugin returned no absolute path for ${name}`);
    return Mountpoint;
  }

  async unmount(name: string, user: string): Promise<void> {
    await this.work('Unmount', { Name: name, ID: mountId(name, user) });
  }

  async get(name: string): Promise<DriverVolume | undefined> {
    const { Volume } = await this.ask('Get', { Name: name });
    const volume = volumeIn(Volume);
    return volume?.name === name ? volume : undefined;
  }

  async list(): Promise<DriverVolume[]> {
    const { Volumes } = await this.ask('List', {}, LARGEST_LIST);
    if (!Array.isArray(Volumes)) return [];
    return Volumes.slice(0, MOST_VOLUMES).flatMap((item) => volumeIn(item) ?? []);
  }

  private async work(verb: string, body: object): Promise<Record<string, unknown>> {
    await this.activate();
    return this.raw(`${CAPABILITY}.${verb}`, body, { within: this.limits.work, patient: true });
  }

  private async ask(verb: string, body: object, maxBytes?: number): Promise<Record<string, unknown>> {
    await this.activate(false);
    const limits: CallLimits = { within: this.limits.question, patient: false };
    return this.raw(`${CAPABILITY}.${verb}`, body, maxBytes === undefined ? limits : { ...limits, maxBytes });
  }

  private raw(method: string, body: object, limits: CallLimits): Promise<Record<string, unknown>> {
    return callPlugin(() => this.locate(), method, body, limits);
  }

  private locate(): PluginAddress {
    const address = findPlugin(this.dirs, this.name);
    if (!address) throw pluginNotFound(this.name);
    return address;
  }
}

export const pluginNotFound = (name: string): EngineError =>
  new EngineError('not-found', `plugin ${JSON.stringify(name)} not found`);

/** The same for the same user after any restart, so that a plugin that counts users never counts one twice. */
const mountId = (name: string, user: string): string =>
  createHash('sha256').update(`${name}\0${user}`).digest('hex');

function volumeIn(value: unknown): DriverVolume | undefined {
  const { Name, Mountpoint, CreatedAt, Status } = record(value);
  if (typeof Name !== 'string' || Name === '' || Name.length > LONGEST_TEXT) return undefined;
  const created = typeof CreatedAt === 'string' ? new Date(CreatedAt) : undefined;
  const status = record(Status);
  return {
    name: Name,
    mountpoint: isPath(Mountpoint) ? Mountpoint : '',
    ...(created && !Number.isNaN(created.getTime()) && { createdAt: created }),
    ...(Object.keys(status).length > 0 && { status }),
  };
}

const isPath = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= LONGEST_TEXT && isAbsolute(value) && !value.includes('\0');

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
