import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CommandError } from '../ops/exec/command-error.ts';
import { type BuildWorld, isRoot, openWorld } from '../testing/open-world.ts';
import type { BuildRequest } from '../types.ts';

describe('what a failed step leaves', { skip: !isRoot && 'needs root' }, () => {
  let world: BuildWorld;
  before(async () => {
    world = await openWorld();
  });
  after(async () => {
    assert.deepEqual(world.leftovers(), []);
    await world[Symbol.asyncDispose]();
  });

  const fail = async (id: string, text: string, request: Partial<BuildRequest> = {}): Promise<void> => {
    const contextDir = join(world.dir, 'mine');
    mkdirSync(contextDir, { recursive: true });
    writeFileSync(join(contextDir, 'f'), 'of the context');
    await assert.rejects(world.build(text, {}, { id, contextDir, lineage: 'l', ...request }), CommandError);
  };
  const layersOf = (id: string): readonly string[] => world.builder.failures.open(id).layers;
  const exists = (layer: string): boolean => world.parts.snapshots.layer(layer as never) !== undefined;

  test('its files, how it ran, and the mounts that there still are', async () => {
    await fail(
      'one',
      'FROM busybox\nENV A=b\nWORKDIR /w\nUSER 5\nRUN --mount=type=cache,target=/c,mode=0777 --mount=type=tmpfs,target=/t --mount=target=/ctx --mount=type=secret,id=s cat /ctx/f >/tmp/made; exit 3',
    );
    const failed = world.builder.failures.open('one');
    const { exitCode, line, op, mounts, missing, layers } = failed;
    assert.deepEqual([exitCode, line, op.cwd, op.user], [3, 5, '/w', '5']);
    assert.ok(op.env.includes('A=b'));
    assert.deepEqual(
      mounts.map(({ type, target }) => `${type} ${target}`),
      ['bind /c', 'tmpfs /t', 'bind /ctx'],
    );
    assert.deepEqual(missing, ['the secret s']);
    const top = world.parts.snapshots.layerPath(layers.at(-1) ?? ('' as never));
    assert.ok(existsSync(join(top, 'tmp/made')));
    assert.equal(existsSync(join(top, 'ctx')), false, 'places of mounts are no part of it');
  });

  test('the next failure of the same takes its place, a success removes it', async () => {
    await fail('first', 'FROM busybox\nRUN echo 1 >/a; false');
    const [before] = layersOf('first').slice(-1);
    await fail('second', 'FROM busybox\nRUN echo 2 >/a; false');
    assert.throws(() => world.builder.failures.open('first'), { kind: 'not-found' });
    assert.equal(exists(before ?? ''), false);
    const [after] = layersOf('second').slice(-1);
    await world.build('FROM busybox\nRUN true', {}, { lineage: 'l' });
    assert.equal(world.builder.failures.has('second'), false);
    assert.equal(exists(after ?? ''), false);
  });

  test('is counted, outlives collections, and goes by a prune', async () => {
    await fail('kept', 'FROM busybox\nRUN head -c 100000 /dev/zero >/zeros; false');
    const [layer] = layersOf('kept').slice(-1);
    const usage = await world.builder.cacheUsage();
    const record = usage.find(({ id }) => id === 'kept');
    assert.ok(record && record.size >= 100_000 && record.description.includes('RUN head'));
    await world.parts.images.collect((diffId) => world.builder.holdsLayer(diffId));
    assert.ok(exists(layer ?? ''));
    const { deleted } = await world.builder.prune({ all: false });
    assert.ok(deleted.some(({ id }) => id === 'kept'));
    assert.equal(exists(layer ?? ''), false);
  });

  test('is not kept where nobody wants it', async () => {
    await fail('unwanted', 'FROM busybox\nRUN false', { keepFailed: false });
    assert.equal(world.builder.failures.has('unwanted'), false);
  });

  test('hides nothing where it can not be kept, and fails no build where it can not be removed', async () => {
    const { database } = world.parts;
    const broken = (on: string): void =>
      database.exec(
        `CREATE TEMP TRIGGER broken BEFORE ${on} ON build_failures BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
      );
    broken('INSERT');
    await fail('lost', 'FROM busybox\nRUN false');
    database.exec('DROP TRIGGER broken');
    assert.equal(world.builder.failures.has('lost'), false);
    await fail('stuck', 'FROM busybox\nRUN false');
    broken('DELETE');
    await world.build('FROM busybox\nRUN true', {}, { id: 'fine', lineage: 'l' });
    database.exec('DROP TRIGGER broken');
    assert.ok(world.builder.history.get('fine').imageId);
  });

  test('outlives the engine', async () => {
    const other = await openWorld();
    await assert.rejects(
      other.build('FROM busybox\nRUN echo x >/x; exit 4', {}, { id: 'old', lineage: 'm' }),
      CommandError,
    );
    await other.leave();
    await using again = await openWorld(other.dir);
    const failed = again.builder.failures.open();
    assert.deepEqual([failed.buildId, failed.exitCode], ['old', 4]);
    await again.parts.images.collect();
    assert.ok(failed.layers.every((layer) => again.parts.snapshots.layer(layer)));
  });
});
