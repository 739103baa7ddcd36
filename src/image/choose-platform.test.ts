import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Descriptor, mediaTypes } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import { parsePlatform } from '../oci/platform.ts';
import { choosePlatform } from './choose-platform.ts';

const entry = (platform?: string, annotations?: Record<string, string>): Descriptor => ({
  mediaType: mediaTypes.ociManifest,
  digest: digestOf(platform ?? ''),
  size: 1,
  ...(platform && {
    platform: platform === 'unknown' ? { os: 'unknown', architecture: 'unknown' } : parsePlatform(platform),
  }),
  ...(annotations && { annotations }),
});
const chosen = (entries: string[], wanted: string): string => {
  const list = entries.map((platform) => entry(platform));
  return entries[list.indexOf(choosePlatform(list, parsePlatform(wanted)))] ?? '';
};

test('the entry of the wanted platform is chosen, wherever it stands', () => {
  assert.equal(chosen(['linux/arm64', 'unknown', 'linux/amd64'], 'linux/amd64'), 'linux/amd64');
  assert.equal(chosen(['linux/amd64', 'linux/arm64/v8'], 'linux/arm64'), 'linux/arm64/v8');
});

test('the highest lower variant stands in for a missing one', () => {
  assert.equal(chosen(['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v7'), 'linux/arm/v6');
  assert.equal(chosen(['linux/386'], 'linux/amd64'), 'linux/386');
});

test('a higher variant, another system and attestations do not match', () => {
  for (const list of [['linux/arm/v7'], ['windows/arm'], ['unknown'], []]) {
    assert.throws(() => chosen(list, 'linux/arm/v6'), {
      kind: 'not-found',
      message: 'no matching manifest for linux/arm/v6 in the manifest list entries',
    });
  }
});

test('a single entry that tells no platform is taken', () => {
  const only = entry();
  const attestation = entry('unknown', { 'vnd.docker.reference.type': 'attestation-manifest' });
  assert.equal(choosePlatform([only, attestation]), only);
  assert.throws(() => choosePlatform([only, entry()]));
});
