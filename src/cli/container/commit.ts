import { familiarRepository, parseReference } from '../../oci/reference.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { bool, list, text } from '../flags.ts';

export const command = defineCommand({
  summary: "Create a new image from a container's changes",
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  flags: {
    author: text('Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")', 'a'),
    change: list('Apply Dockerfile instruction to the created image', 'c'),
    message: text('Commit message', 'm'),
    'no-pause': bool('Disable pausing container during commit'),
    pause: bool('Pause container during commit (default true)', 'p'),
  },
  args: { min: 1, max: 2 },
  async run(context, flags, [container = '', name]) {
    const reference = name === undefined ? undefined : parseReference(name);
    const { Id } = await context.client.containers.commit({
      container,
      ...(reference && { repo: familiarRepository(reference), tag: reference.tag ?? 'latest' }),
      ...(flags.message !== undefined && { comment: flags.message }),
      ...(flags.author !== undefined && { author: flags.author }),
      pause: (flags.pause ?? true) && !flags['no-pause'] ? '1' : '0',
      changes: flags.change,
    });
    print(context, Id);
  },
});
