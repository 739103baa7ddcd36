import type { Image } from '../../image/types.ts';
import { formatPlatform, parsePlatform, type Platform } from '../../oci/platform.ts';
import type { Instruction } from '../instructions/types.ts';
import type { Report } from '../check/types.ts';
import type { WantedImage } from './dependencies.ts';
import type { StageOutline } from './outline.ts';

type Resolve = (name: string, platform: Platform | undefined, instruction: Instruction) => Promise<Image>;

/** The images that stages stand on or copy from, each asked for once for a platform. */
export class BaseImages {
  private readonly requested: string | undefined;
  private readonly target: Platform;
  private readonly resolve: Resolve;
  private readonly images = new Map<string, Promise<Image>>();

  /** `requested` is the platform of the request, `target` the one that is built for where a stage names none. */
  constructor(requested: string | undefined, target: Platform, resolve: Resolve) {
    this.requested = requested;
    this.target = target;
    this.resolve = resolve;
  }

  /** All images that are known to be needed, at the same time. */
  async load(wanted: readonly WantedImage[]): Promise<void> {
    const loads = wanted.map((image) => this.get(image));
    await Promise.allSettled(loads);
    await Promise.all(loads);
  }

  get({ name, stage, instruction }: WantedImage): Promise<Image> {
    const platform = this.named(stage);
    const key = JSON.stringify([name, platform]);
    const known = this.images.get(key);
    if (known) return known;
    const load = this.resolve(name, platform, instruction);
    this.images.set(key, load);
    return load;
  }

  /** The platform that a stage is built for. */
  platformOf(stage: StageOutline): Platform {
    return this.named(stage) ?? this.target;
  }

  /** Reports a base image of another platform than the one wanted. */
  check({ config }: Image, stage: StageOutline, report: Report): void {
    const wanted = this.platformOf(stage);
    if (config.os === wanted.os && config.architecture === wanted.architecture) return;
    const { os, architecture, variant } = config;
    const actual = formatPlatform({ os, architecture, ...(variant !== undefined && { variant }) });
    report(
      'InvalidBaseImagePlatform',
      `Base image ${stage.from.base.text} was pulled with platform ${JSON.stringify(actual)}, expected ${JSON.stringify(formatPlatform(wanted))} for current build`,
      stage.from.position,
    );
  }

  private named({ platform }: StageOutline): Platform | undefined {
    const text = platform?.text ?? this.requested;
    return text ? parsePlatform(text) : undefined;
  }
}
