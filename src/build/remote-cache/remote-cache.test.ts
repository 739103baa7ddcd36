import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { digestOf } from '../../oci/digest.ts';
import { parseReference } from '../../oci/reference.ts';
import { openRegistry } from '../../registry/client/registry.ts';
import { startRegistry, type TestRegistry } from '../../registry/testing/start-registry.ts';
import { type BuildWorld, isRoot, openWorld } from '../testing/open-world.ts';
import type { BuildRequest } from '../types.ts';
import { BUILDKIT_CACHE_CONFIG } from './document.ts';
import type { CacheExport } from './types.ts';

// Builders over real parts, for which they need root, and Debian's docker-registry on loopback.

const text = `FROM busybox AS build
ENV x=1
COPY src /src
RUN cat /src/a >/out && date +%N >/stamp
RUN echo more >/more
FROM busybox
RUN date +%N >/own
COPY --from=build /out /final
CMD ["sh"]
`;
const files = { 'src/a': 'A' };
const max: CacheExport = {
  mode: 'max',
  format: { compression: 'gzip', force: false },
  ociTypes: true,
  imageManifest: true,
};
const { signal } = new AbortController();

describe('a cache of another engine', { skip: !isRoot && 'needs root' }, () => {
  let server: TestRegistry;
  let first: BuildWorld;
  let second: BuildWorld;

  before(async () => {
    [server, first, second] = await Promise.all([startRegistry(), openWorld(), openWorld()]);
  });
  after(async () => {
    await Promise.all([first, second, server].map((part) => part?.[Symbol.asyncDispose]()));
  });

  const at = (name: string): string => `${server.host}/${name}`;

  async function exportOf(name: string, wanted: CacheExport, request: Partial<BuildRequest> = {}) {
    const contextDir = first.writeContext(files);
    using built = await first.builder.solve({ ...plain, ...request, contextDir }, { signal });
    await first.builder.exportCache([built], { reference: parseReference(at(name)) }, { ...wanted, signal });
    return built.config;
  }

  const plain: Omit<BuildRequest, 'contextDir'> = {
    dockerfile: { text },
    tags: [],
    buildArgs: {},
    labels: {},
    noCache: false,
    pull: false,
    network: 'none',
    extraHosts: [],
    cacheFrom: [],
    credentials: async () => undefined,
  };

  /** Builds on an engine that has nothing in its cache. */
  async function cold(cacheFrom: string[], given = text, more = files) {
    await second.builder.prune({ all: true });
    for (const image of second.parts.images.list({ all: true }))
      if (!image.tags.includes('busybox:latest'))
        await second.parts.images.remove(image.id, { force: true, inUseBy: () => undefined });
    await second.parts.images.collect();
    const built = await second.build(given, more, { cacheFrom, network: 'none' });
    const warnings = built.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    const missed = Object.entries(built.cache).filter(([, decision]) => decision !== 'hit');
    return { ...built, warnings, missed };
  }

  const layersHere = (): number => second.parts.snapshots.layers().length;

  for (const [name, wanted] of Object.entries<CacheExport>({
    'an OCI manifest': max,
    'an OCI index': { ...max, imageManifest: false },
    "Docker's manifest list": { ...max, ociTypes: false, imageManifest: false },
    'archives by zstd': { ...max, format: { compression: 'zstd', force: true } },
    'mode=min': { ...max, mode: 'min' },
  }))
    test(`as ${name} is hit in all steps, and only the layers of the result are fetched`, async () => {
      const ref = name.replace(/\W/g, '').toLowerCase();
      const config = await exportOf(ref, wanted);
      const { image, missed, warnings } = await cold([at(ref)]);
      assert.deepEqual([missed, warnings], [[], []]);
      assert.deepEqual(image.config, config);
      assert.equal(second.read(image, 'final'), 'A');
      assert.equal(layersHere(), image.config.rootfs.diff_ids.length);
      const again = await second.build(text, files, { network: 'none' });
      const { 'COPY --from=build /out /final': copy, 'RUN date +%N >/own': run } = again.cache;
      assert.deepEqual([copy, run], ['hit', 'hit'], 'on record from now on');
    });

  test('layers below a step that must run are fetched', async () => {
    await exportOf('partly', max);
    const { missed, image } = await cold(
      [at('partly')],
      text.replace('RUN echo more', 'RUN cat /out /src/a'),
    );
    assert.deepEqual(
      missed.map(([step]) => step),
      ['RUN cat /out /src/a >/more'],
    );
    assert.equal(second.read(image, 'final'), 'A');
  });

  test('in mode=min a stage runs again when something on top of it changes', async () => {
    await exportOf('min-changed', { ...max, mode: 'min' });
    const { missed, image } = await cold(
      [at('min-changed')],
      text.replace('COPY --from=build /out /final', 'COPY --from=build /out /other'),
    );
    assert.ok(!missed.some(([step]) => step.startsWith('RUN date +%N >/own')));
    assert.ok(missed.some(([step]) => step.startsWith('RUN cat /src/a')));
    assert.equal(second.read(image, 'other'), 'A');
  });

  test('goes on to the next engine with layers that were never needed here', async () => {
    await exportOf('first', max);
    await second.builder.prune({ all: true });
    const contextDir = second.writeContext(files);
    const request = { ...plain, contextDir, cacheFrom: [at('first')] };
    {
      using built = await second.builder.solve(request, { signal });
      const target = { reference: parseReference(at('next')) };
      await second.builder.exportCache([built], target, { ...max, signal });
    }
    const changed = text.replace('RUN echo more', 'RUN cat /out');
    const { missed } = await cold([at('next')], changed);
    assert.equal(missed.length, 1, JSON.stringify(missed));
  });

  test('in an image is hit, from a registry and from the store', async () => {
    const reference = parseReference(at('inline:1'));
    const copies = 'FROM scratch AS a\nCOPY src /src\nFROM scratch\nCOPY --from=a /src/a /final\nCMD ["x"]\n';
    const { image } = await first.build(copies, files, {
      tags: [at('inline:1')],
      buildArgs: { BUILDKIT_INLINE_CACHE: '1' },
      network: 'none',
    });
    await first.parts.images.push(reference);
    const remote = await cold([at('inline:1')], copies);
    assert.deepEqual([remote.missed, remote.warnings], [[], []]);
    assert.deepEqual(remote.image.config.rootfs, image.config.rootfs);
    await second.parts.images.pull(reference);
    await second.builder.prune({ all: true });
    const local = await second.build(copies, files, { cacheFrom: [at('inline:1')], network: 'none' });
    assert.equal(
      Object.values(local.cache).every((decision) => decision === 'hit'),
      true,
    );
  });

  test('that lost an archive costs the step, not the build', async () => {
    await exportOf('lossy', max);
    const registry = openRegistry();
    const repository = registry.repository(parseReference(at('lossy')), { actions: 'push' });
    const root = JSON.parse((await repository.manifest('latest')).content.toString());
    const config = JSON.parse((await repository.smallBlob(root.config)).toString());
    for (const layer of config.layers) layer.digest = `sha256:${'0'.repeat(64)}`;
    const content = Buffer.from(JSON.stringify(config));
    const descriptor = { ...root.config, digest: digestOf(content), size: content.length };
    await repository.upload({
      ...descriptor,
      open: async function* () {
        yield content;
      },
    });
    await repository.putManifest('latest', {
      mediaType: root.mediaType,
      content: Buffer.from(JSON.stringify({ ...root, config: descriptor })),
    });
    registry.close();
    const { image } = await cold([at('lossy')]);
    assert.equal(second.read(image, 'final'), 'A');
  });

  test("that is not there or BuildKit's is warned of, and the build goes on", async () => {
    const registry = openRegistry();
    const repository = registry.repository(parseReference(at('foreign')), { actions: 'push' });
    const content = Buffer.from('{"layers":[],"records":[]}');
    const config = { mediaType: BUILDKIT_CACHE_CONFIG, digest: digestOf(content), size: content.length };
    await repository.upload({
      ...config,
      open: async function* () {
        yield content;
      },
    });
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    await repository.putManifest('latest', {
      mediaType,
      content: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] })),
    });
    registry.close();
    const { warnings } = await cold([at('foreign'), at('none')]);
    assert.equal(
      warnings[0],
      `cache-from ${at('foreign')} is not used: cache of ${at('foreign:latest')} was written by BuildKit: its keys mean nothing here`,
    );
    assert.match(warnings[1] ?? '', /cache-from .*none is not used: .*(not found|unknown)/i);
  });
});
