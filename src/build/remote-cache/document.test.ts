import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaTypes } from '../../oci/descriptor.ts';
import { digestOf } from '../../oci/digest.ts';
import { encodeDocument, parseDocument } from './document.ts';
import type { CacheDocument } from './types.ts';

const layer = digestOf('layer');
const document: CacheDocument = {
  records: [{ key: 'k', layer, description: 'RUN x', createdAt: 5, milliseconds: 7, warnings: ['odd'] }],
  layers: [{ diffId: layer, digest: digestOf('blob'), size: 3, mediaType: mediaTypes.ociLayerZstd }],
  metadata: ['m'],
  digests: { 'a b': 'd' },
};
const encoded = JSON.parse(encodeDocument(document).toString()) as Record<string, unknown>;

test('comes back as it was written', () =>
  assert.deepEqual(parseDocument(encodeDocument(document), 'r'), document));

test('the same cache gives the same bytes', () =>
  assert.deepEqual(encodeDocument(document), encodeDocument(structuredClone(document))));

const bad: readonly [name: string, value: unknown, message: RegExp][] = [
  ['no JSON', Buffer.from('{'), /^cache of r: no valid JSON$/],
  ['a list', [], /^cache of r: want an object$/],
  ['another version', { ...encoded, version: 2 }, /written by another version of lading$/],
  ['other keys', { ...encoded, keys: 99 }, /written by another version of lading$/],
  ['no records', { ...encoded, records: undefined }, /r: records: want a list$/],
  ['a record without a layer', { ...encoded, records: [{ key: 'k' }] }, /want a string$/],
  [
    'a path for a layer',
    { ...encoded, records: [{ ...document.records[0], layer: '../x' }] },
    /^invalid digest/,
  ],
  [
    'an impossible time',
    { ...encoded, records: [{ ...document.records[0], createdAt: 9e15 }] },
    /invalid time$/,
  ],
  ['a negative size', { ...encoded, layers: [{ ...document.layers[0], size: -1 }] }, /want a number$/],
  [
    'a strange archive',
    { ...encoded, layers: [{ ...document.layers[0], mediaType: 'text/html' }] },
    /invalid media type of a layer$/,
  ],
  ['digests that are none', { ...encoded, digests: { a: 1 } }, /want a string$/],
  ['too many entries', { ...encoded, metadata: Array.from({ length: 200_001 }, () => '') }, /too many$/],
];
for (const [name, value, message] of bad)
  test(`refuses ${name}`, () =>
    assert.throws(
      () => parseDocument(Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)), 'r'),
      { kind: 'invalid', message },
    ));
