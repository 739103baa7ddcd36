import { openWorld } from './open-world.ts';

/** A builder in a process of its own that waits in a RUN, to be killed: `build-forever.ts DIRECTORY`. */
const world = await openWorld(process.argv[2]);
await world.build(
  'FROM busybox\nRUN echo done > /done\nRUN --mount=type=cache,target=/c echo waiting; sleep 1000\n',
  {},
  {},
  undefined,
  (event) => {
    if (event.type === 'step-output') process.stdout.write(event.data);
  },
);
