import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageManifestSummary, ImageSummary } from '../../wire/image.ts';
import { formatTree } from './tree.ts';

const manifest = (architecture: string, available: boolean, containers: string[]): ImageManifestSummary => ({
  ID: `sha256:${architecture.padEnd(64, '0')}`,
  Descriptor: { mediaType: 'm', digest: 'd', size: 1 },
  Available: available,
  Size: { Content: 1000, Total: 3000 },
  Kind: 'image',
  ImageData: {
    Platform: { os: 'linux', architecture },
    Containers: containers,
    Size: { Unpacked: 2000 },
    UnpackedSize: 2000,
  },
});

test('the platforms of an image stand below its names', () => {
  const image = {
    Id: `sha256:${'a'.repeat(64)}`,
    RepoTags: ['app:1', 'app:2'],
    Size: 2000,
    Containers: 1,
    Manifests: [
      manifest('arm64', false, []),
      manifest('amd64', true, ['c']),
      { ...manifest('unknown', true, []), Kind: 'attestation' },
    ],
  } as unknown as ImageSummary;
  assert.equal(
    formatTree([image]).replace(/ +$/gm, ''),
    `IMAGE            ID             DISK USAGE   CONTENT SIZE   IN USE
app:1
app:2            aaaaaaaaaaaa   2kB          3kB            U
├─ linux/arm64   arm640000000   -            -
└─ linux/amd64   amd640000000   3kB          1kB            U
`,
  );
});
