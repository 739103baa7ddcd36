import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { bool, given } from '../flags.ts';
import { checkpointDirectory } from './directory.ts';

export const command = defineCommand({
  summary: 'Create a checkpoint from a running container',
  usage: '[OPTIONS] CONTAINER CHECKPOINT',
  flags: {
    'checkpoint-dir': checkpointDirectory,
    'leave-running': bool('Leave the container running after checkpoint'),
  },
  args: { min: 2, max: 2 },
  async run(context, flags, [container = '', checkpoint = '']) {
    await context.client.containers.createCheckpoint(container, {
      CheckpointID: checkpoint,
      ...given('CheckpointDir', flags['checkpoint-dir']),
      Exit: !flags['leave-running'],
    });
    print(context, checkpoint);
  },
});
