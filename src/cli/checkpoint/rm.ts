import { defineCommand } from '../command.ts';
import { checkpointDirectory } from './directory.ts';

export const command = defineCommand({
  summary: 'Remove a checkpoint',
  usage: '[OPTIONS] CONTAINER CHECKPOINT',
  flags: { 'checkpoint-dir': checkpointDirectory },
  args: { min: 2, max: 2 },
  run: (context, flags, [container = '', checkpoint = '']) =>
    context.client.containers.removeCheckpoint(container, checkpoint, flags['checkpoint-dir']),
});
