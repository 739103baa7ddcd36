import { defineCommand } from '../command.ts';
import { print } from '../context.ts';

export const command = defineCommand({
  summary: "Inspect changes to files or directories on a container's filesystem",
  usage: 'CONTAINER',
  flags: {},
  args: { min: 1, max: 1 },
  async run(context, _flags, [name = '']) {
    for (const { Kind, Path } of await context.client.containers.changes(name))
      print(context, `${'CAD'[Kind]} ${Path}`);
  },
});
