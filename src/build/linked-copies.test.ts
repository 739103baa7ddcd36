import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type BuildWorld, isRoot, openWorld } from './testing/open-world.ts';

describe('copies that are linked onto their base', { skip: !isRoot && 'needs root' }, () => {
  let world: BuildWorld;
  before(async () => {
    world = await openWorld();
  });
  after(async () => {
    assert.deepEqual(world.leftovers(), []);
    await world[Symbol.asyncDispose]();
  });

  const files = { 'd/f': 'content', 'd/sub/g': '2' };
  const build = (base: string, copy: string) => world.build(`FROM busybox\n${base}\n${copy}\n`, files);
  const layersOf = ({ image }: Awaited<ReturnType<typeof build>>) => image.config.rootfs.diff_ids;

  test('stay what they are when the base changes, with the same layer', async () => {
    const copy = 'COPY --link d /app/d/\nRUN cat /app/d/f /base';
    const first = await build('RUN echo 1 >/base', copy);
    const second = await build('RUN echo 2 >/base', copy);
    assert.equal(second.cache['RUN echo 2 >/base'] === 'hit', false);
    assert.equal(second.cache['COPY --link d /app/d/'], 'hit');
    assert.match(second.cache['RUN cat /app/d/f /base'] ?? '', /above/);
    assert.equal(second.output, 'content2\n');
    assert.equal(layersOf(first)[2], layersOf(second)[2]);
    const plain = await build('RUN echo 3 >/base', 'COPY d /app/d/');
    assert.equal(world.read(second.image, 'app/d/sub/g'), world.read(plain.image, 'app/d/sub/g'));
  });

  test('leave directories on the way and what stands there as they are', async () => {
    const base =
      'RUN mkdir -p /real/place && echo kept >/real/place/own && ln -s /real /way && chmod 751 /real && chown 5:6 /real';
    const copy = 'COPY --link --chown=www-data --chmod=640 d/f /way/place\nCOPY --link d/f /tmp/x';
    const { image } = await build(base, copy);
    assert.equal(
      await world.look(
        image,
        'readlink /way; stat -c "%a %u %g" /real /tmp; stat -c "%a %U" /real/place/f; cat /real/place/own',
      ),
      '/real\n751 5 6\n1777 0 0\n640 www-data\nkept\n',
    );
  });

  test('are made anew where their way looks otherwise', async () => {
    const copy = 'COPY --link d/f /to';
    const file = await build('RUN true', copy);
    assert.equal(world.read(file.image, 'to'), 'content');
    const directory = await build('RUN mkdir /to', copy);
    assert.notEqual(directory.cache[copy], 'hit');
    assert.equal(world.read(directory.image, 'to/f'), 'content');
    await assert.rejects(build('RUN echo >/in', 'COPY --link d/f /in/the/way'), /a file is in the way/);
  });

  test('and so are additions', async () => {
    const add = 'ADD --link d/f /added/';
    await build('RUN echo a', add);
    assert.equal((await build('RUN echo b >/b', add)).cache[add], 'hit');
  });
});
