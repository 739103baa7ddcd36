import type { Annotations } from '../../image/distribution/types.ts';
import { invalid } from '../../lib/errors.ts';
import { formatPlatform, parsePlatform, type Platform } from '../../oci/platform.ts';
import type { FrontendAttributes } from '../frontend/attributes.ts';

const kinds = ['manifest', 'index', 'manifest-descriptor', 'index-descriptor'] as const;
type Kind = (typeof kinds)[number];

interface Annotation {
  readonly kind: Kind;
  /** Only of this platform's manifest. */
  readonly platform: string | undefined;
  readonly key: string;
  readonly value: string;
}

/** `annotation[-kind][[platform]].key` (BuildKit, "annotations") */
const pattern = /^annotation(?:-([a-z-]+))?(?:\[([A-Za-z0-9_/-]+)\])?\.(\S+)$/;

/** The annotations that an output is to have. */
export class AnnotationSet {
  private readonly all: readonly Annotation[];

  constructor(attributes: FrontendAttributes) {
    this.all = Object.entries(attributes).flatMap(([name, value]) => parse(name, value));
  }

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  /** Of one kind: those for all platforms, and those for this one. */
  of(kind: Kind, platform?: Platform): Annotations {
    const id = platform && formatPlatform(platform);
    const own = this.all.filter((each) => each.kind === kind && [undefined, id].includes(each.platform));
    return Object.fromEntries(
      own.map(({ key, value }) => [key, value] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  /** Throws for what can't be in such a result. */
  check(platforms: readonly Platform[], isIndex: boolean): void {
    const ids = platforms.map(formatPlatform);
    for (const { kind, platform } of this.all) {
      if (platform !== undefined && !ids.includes(platform))
        throw invalid(`invalid annotation: no platform ${platform} found in source`);
      if (!isIndex && kind.startsWith('index'))
        throw invalid('index annotations not supported for single platform export');
    }
  }
}

function parse(name: string, value: string): Annotation[] {
  if (!/^annotation[-.[]/.test(name)) return [];
  const [, kind = 'manifest', platform, key] = pattern.exec(name) ?? [];
  const known = kinds.find((each) => each === kind);
  if (key === undefined || known === undefined)
    throw invalid(`invalid annotation ${JSON.stringify(name)}: it is annotation[-${kinds.join('|-')}].KEY`);
  return [{ kind: known, platform: platform && formatPlatform(parsePlatform(platform)), key, value }];
}
