import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePlatform } from '../../oci/platform.ts';
import { AnnotationSet } from './annotations.ts';
import { epochOf, flag, layerFormat, outputNames } from './options.ts';

const arm = parsePlatform('linux/arm64');
const amd = parsePlatform('linux/amd64');

test('annotations are of a kind and of all platforms, or of one', () => {
  const set = new AnnotationSet({
    name: 'x',
    'annotation.plain': '1',
    'annotation-manifest[linux/arm64].own': '2',
    'annotation-index.org.example/a.b': '3',
    'annotation-manifest-descriptor.d': '4',
  });
  assert.deepEqual(set.of('manifest', amd), { plain: '1' });
  assert.deepEqual(set.of('manifest', arm), { own: '2', plain: '1' });
  assert.deepEqual(set.of('index'), { 'org.example/a.b': '3' });
  assert.deepEqual(set.of('manifest-descriptor', arm), { d: '4' });
  assert.equal(new AnnotationSet({ name: 'x', annotated: 'y' }).isEmpty, true);
});

test('annotations that a result has no place for are refused', () => {
  const set = new AnnotationSet({ 'annotation-manifest[linux/arm64].own': '2', 'annotation-index.a': 'b' });
  set.check([arm, amd], true);
  assert.throws(() => set.check([amd], true), /no platform linux\/arm64 found in source/);
  assert.throws(() => set.check([arm], false), /index annotations not supported for single platform export/);
  for (const name of ['annotation-wrong.a', 'annotation.', 'annotation-manifest[].a', 'annotation[*].a'])
    assert.throws(() => new AnnotationSet({ [name]: 'x' }), /invalid annotation/);
});

test('a flag without a value is on', () => {
  assert.deepEqual(
    ['', 'true', '1', 'T', 'false', '0', undefined].map((value) =>
      flag(value === undefined ? {} : { x: value }, 'x'),
    ),
    [true, true, true, true, false, false, undefined],
  );
  assert.throws(() => flag({ x: 'yes' }, 'x'), /non-bool value specified for x: "yes"/);
});

test('layers are gzip unless asked otherwise, at levels that the compressor has', () => {
  assert.deepEqual(layerFormat({}), { compression: 'gzip', force: false, warnings: [] });
  assert.deepEqual(layerFormat({ compression: 'zstd', 'compression-level': '22', 'force-compression': '' }), {
    compression: 'zstd',
    level: 22,
    force: true,
    warnings: [],
  });
  assert.deepEqual(layerFormat({ 'compression-level': '-1' }), {
    compression: 'gzip',
    force: false,
    warnings: [],
  });
  assert.throws(() => layerFormat({ compression: 'lzw' }), /unsupported compression type "lzw" \(gzip, /);
  assert.throws(() => layerFormat({ 'compression-level': 'high' }), /non-integer value high/);
});

for (const [attributes, compression, level, warning] of [
  [{ 'compression-level': '10' }, 'gzip', 9, 'compression-level=10: gzip has levels from 0 to 9, 9 is taken'],
  [{ 'compression-level': '-2' }, 'gzip', 1, 'compression-level=-2: gzip has levels from 0 to 9, 1 is taken'],
  [
    { compression: 'zstd', 'compression-level': '99' },
    'zstd',
    22,
    'compression-level=99: zstd has levels from 0 to 22, 22 is taken',
  ],
  [{ compression: 'estargz' }, 'gzip', undefined, 'compression=estargz: layers are plain gzip'],
] as const)
  test(`what there is no compressor for is replaced with a warning: ${JSON.stringify(attributes)}`, () => {
    const { warnings, ...format } = layerFormat(attributes);
    assert.deepEqual(format, { compression, force: false, ...(level !== undefined && { level }) });
    assert.equal(warnings.length, 1);
    assert.ok(warnings[0]?.startsWith(warning) === true, String(warnings));
  });

test('names are told in full, with the tag only where it was given', () => {
  const names = outputNames({ name: 'me/app:1,busybox,localhost:5000/x' });
  assert.deepEqual(
    names.map(({ text, reference }) => [text, reference.tag]),
    [
      ['docker.io/me/app:1', '1'],
      ['docker.io/library/busybox', 'latest'],
      ['localhost:5000/x', 'latest'],
    ],
  );
  assert.deepEqual(outputNames({ name: '*' }), []);
  assert.throws(() => outputNames({ name: 'UPPER' }), /must be lowercase/);
});

test('the time of an output goes before that of its build, and an empty one means none', () => {
  const build = { 'build-arg:SOURCE_DATE_EPOCH': '10' };
  assert.equal(epochOf({}, build), 10);
  assert.equal(epochOf({ 'source-date-epoch': '20' }, build), 20);
  assert.equal(epochOf({ 'source-date-epoch': '' }, build), undefined);
  assert.equal(epochOf({}, {}), undefined);
  assert.throws(
    () => epochOf({}, { 'build-arg:SOURCE_DATE_EPOCH': '1e3' }),
    /invalid SOURCE_DATE_EPOCH: 1e3/,
  );
  assert.throws(() => epochOf({ 'source-date-epoch': '99999999999999' }, {}), /invalid source-date-epoch/);
});
