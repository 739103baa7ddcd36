import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRoot, openWorld } from '../testing/open-world.ts';

test(
  'a container can be committed at the moment when it ends',
  { skip: !isRoot && 'needs root' },
  async () => {
    await using world = await openWorld();
    for (let round = 0; round < 8; round += 1) {
      const id = await world.run(['touch', '/made']);
      const image = await world.containers.commit(id, { pause: true, config: {}, changes: [] });
      assert.ok(world.parts.images.find(image));
    }
  },
);
