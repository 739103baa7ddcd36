import { defineCommand } from '../command.ts';
import { ExitError } from '../exit-code.ts';
import { list, text } from '../flags.ts';
import { type FullPlatform, type ImageManifest, platformOf } from './image-manifest.ts';
import { parseName } from './names.ts';
import { ManifestStore, NoSuchManifest } from './store.ts';

/** Docker's list of what an entry may say. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  darwin: '386 amd64 arm arm64',
  dragonfly: 'amd64',
  freebsd: '386 amd64 arm',
  linux: '386 amd64 arm arm64 ppc64le mips64 mips64le riscv64 s390x',
  netbsd: '386 amd64 arm',
  openbsd: '386 amd64 arm',
  plan9: '386 amd64',
  solaris: 'amd64',
  windows: '386 amd64',
};

export const command = defineCommand({
  summary: 'Add additional information to a local image manifest',
  usage: '[OPTIONS] MANIFEST_LIST MANIFEST',
  offline: true,
  flags: {
    arch: text('Set architecture'),
    os: text('Set operating system'),
    'os-features': list('Set operating system feature', undefined, 'strings'),
    'os-version': text('Set operating system version'),
    variant: text('Set architecture variant'),
  },
  args: { min: 2, max: 2 },
  async run({ env }, flags, [listName = '', name = '']) {
    const target = parseName(listName, 'annotate: error parsing name for manifest list');
    const image = parseName(name, 'annotate: error parsing name for manifest');
    const store = new ManifestStore(env);
    const kept = keptImage(() => store.get(target, image), name, listName);
    const before = platformOf(kept.Descriptor.platform);
    const features = flags['os-features'].flatMap((words) => words.split(','));
    const platform = platformOf({
      os: flags.os || before.os,
      architecture: flags.arch || before.architecture,
      'os.version': flags['os-version'] || before['os.version'] || '',
      'os.features': [...new Set([...(before['os.features'] ?? []), ...features])],
      variant: flags.variant || before.variant || '',
    });
    checkPlatform(platform);
    store.save(target, image, { ...kept, Descriptor: { ...kept.Descriptor, platform } });
  },
});

function keptImage(get: () => ImageManifest, name: string, list: string): ImageManifest {
  try {
    return get();
  } catch (error) {
    if (!(error instanceof NoSuchManifest)) throw error;
    throw new ExitError(1, `manifest for image ${name} does not exist in ${list}`);
  }
}

function checkPlatform({ os, architecture }: FullPlatform): void {
  if (ARCHITECTURES[os]?.split(' ').includes(architecture)) return;
  throw new ExitError(
    1,
    `manifest entry for image has unsupported os/arch combination: ${os}/${architecture}`,
  );
}
