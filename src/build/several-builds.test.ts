import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { digestOf } from '../oci/digest.ts';
import { formatPlatform, hostPlatform } from '../oci/platform.ts';
import { type BuildWorld, isRoot, openWorld } from './testing/open-world.ts';
import type { BuildEvent, BuildRequest, BuiltImage } from './types.ts';

const other = hostPlatform().architecture === 's390x' ? 'linux/arm64' : 'linux/s390x';

describe('builds that are one to their client', { skip: !isRoot && 'needs root' }, () => {
  let world: BuildWorld;
  /** Written once: the time of a file is a part of its layer. */
  let contextDir: string;
  before(async () => {
    world = await openWorld();
    contextDir = world.writeContext({ file: 'x' });
  });
  after(async () => {
    assert.deepEqual(world.leftovers(), []);
    await world[Symbol.asyncDispose]();
  });

  async function solve(
    text: string,
    request: Partial<BuildRequest>,
  ): Promise<{ image: BuiltImage; keys: Map<string, string> }> {
    const keys = new Map<string, string>();
    const onEvent = (event: BuildEvent): void => {
      if (event.type === 'step-started' && event.key !== undefined) keys.set(event.name, event.key);
    };
    const image = await world.builder.solve(
      {
        contextDir,
        dockerfile: { text },
        tags: [],
        buildArgs: {},
        labels: {},
        noCache: true,
        pull: false,
        network: 'default',
        extraHosts: [],
        cacheFrom: [],
        credentials: async () => undefined,
        ...request,
      },
      { onEvent },
    );
    return { image, keys };
  }

  const text = `FROM --platform=$BUILDPLATFORM busybox AS build
RUN cat /proc/sys/kernel/random/uuid > /id
ARG TARGETARCH
RUN echo $TARGETARCH > /arch
FROM scratch
COPY --from=build /id /id
COPY --from=build /arch /arch
`;
  const layersOf = ({ config }: BuiltImage) => config.rootfs.diff_ids;

  test('equal steps are done once although without the cache, others for each', async () => {
    const group = { id: 'g1', done: new Set<string>() };
    const here = formatPlatform(hostPlatform());
    const [first, second] = [
      await solve(text, { platform: here, group }),
      await solve(text, { platform: other, group }),
    ];
    const id = 'COPY --from=build /id /id';
    assert.equal(layersOf(first.image)[0], layersOf(second.image)[0]);
    assert.equal(first.keys.get(id), second.keys.get(id));
    assert.notEqual(layersOf(first.image)[1], layersOf(second.image)[1]);
    assert.equal(`${second.image.config.os}/${second.image.config.architecture}`, other);
    const apart = await solve(text, { platform: here });
    assert.notEqual(layersOf(apart.image)[0], layersOf(first.image)[0]);
    for (const { image } of [first, second, apart]) image[Symbol.dispose]();
  });

  test('a result tells the images that it was made of', async () => {
    const { image } = await solve(
      'FROM scratch AS a\nCOPY file /\nFROM busybox\nCOPY --from=a /file /\n',
      {},
    );
    const { id } = world.parts.images.get('busybox');
    assert.deepEqual(image.bases, [{ name: 'busybox', platform: hostPlatform(), digest: id }]);
    image[Symbol.dispose]();
  });

  test('nothing that a build adds to the config is later than SOURCE_DATE_EPOCH', async () => {
    const config = async (epoch: string | null) => {
      const { image } = await solve('FROM busybox\nENV a=b\nCOPY file /\nCMD ["x"]\n', {
        buildArgs: { SOURCE_DATE_EPOCH: epoch },
      });
      image[Symbol.dispose]();
      return image.config;
    };
    const dated = await config('1000000000');
    assert.equal(dated.created, '2001-09-09T01:46:40Z');
    assert.deepEqual([...new Set(dated.history?.map(({ created }) => created))], ['2001-09-09T01:46:40Z']);
    assert.equal(digestOf(JSON.stringify(await config('1000000000'))), digestOf(JSON.stringify(dated)));
    assert.notEqual((await config('9999999999')).created, '2286-11-20T17:46:39Z');
    assert.notEqual((await config('')).created, dated.created);
    await assert.rejects(config('yesterday'), /invalid SOURCE_DATE_EPOCH: yesterday/);
  });
});
