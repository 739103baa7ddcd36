import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type BuildWorld, isRoot, openWorld } from '../../testing/open-world.ts';

describe('cache mounts', { skip: !isRoot && 'needs root' }, () => {
  let world: BuildWorld;
  before(async () => {
    world = await openWorld();
  });
  after(async () => {
    assert.deepEqual(world.leftovers(), []);
    await world[Symbol.asyncDispose]();
  });

  for (const sharing of ['locked', 'private', 'shared'])
    test(`several mounts of a ${sharing} cache in one RUN are the same directory`, async () => {
      const mount = (target: string): string =>
        `--mount=type=cache,id=twice,target=${target},sharing=${sharing}`;
      const { output } = await world.build(
        `FROM busybox\nRUN ${mount('/a')} ${mount('/b')} echo ${sharing} > /a/f; cat /b/f\n`,
      );
      assert.equal(output, `${sharing}\n`);
    });

  test('a build that waits for a locked cache can be cancelled', async () => {
    const mount = '--mount=type=cache,id=wait,target=/c,sharing=locked';
    const [first, second] = [new AbortController(), new AbortController()];
    const holding = Promise.withResolvers<void>();
    const held = world.build(
      `FROM busybox\nRUN ${mount} echo held; sleep 1000\n`,
      {},
      {},
      first.signal,
      (event) => event.type === 'step-output' && holding.resolve(),
    );
    await holding.promise;
    const waiting = world.build(`FROM busybox\nRUN ${mount} true\n`, {}, {}, second.signal, (event) => {
      if (event.type === 'step-started' && event.name.startsWith('RUN')) second.abort();
    });
    await assert.rejects(waiting, { name: 'AbortError' });
    first.abort();
    await assert.rejects(held, { name: 'AbortError' });
  });

  test('a RUN that can not have its network lets go of its caches', async () => {
    const client = {
      secret: () => delay(50, undefined), // the network fails meanwhile
      hasAgent: async () => false,
      connectAgent: async () => {},
    };
    const text =
      'FROM busybox\nRUN --mount=type=secret,id=late --mount=type=cache,id=let-go,target=/c true\n';
    await assert.rejects(world.build(text, {}, { network: 'no-such-network', client }), /no-such-network/);
    const mounts = await world.builder.cacheMounts.list();
    assert.deepEqual(
      mounts.filter(({ inUse }) => inUse),
      [],
    );
  });
});
