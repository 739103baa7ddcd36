import { nameOf } from '../../compose/plan/observe.ts';
import { familiarRepository, parseReference } from '../../oci/reference.ts';
import { bool, int, list, text } from '../flags.ts';
import { defineComposeCommand } from './globals.ts';
import { tellStep } from './step-line.ts';
import { projectNameOf, serviceContainer } from './target.ts';

export const command = defineComposeCommand({
  summary: "Create a new image from a service container's changes",
  usage: '[OPTIONS] SERVICE [REPOSITORY[:TAG]]',
  flags: {
    author: text('Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")', 'a'),
    change: list('Apply Dockerfile instruction to the created image', 'c'),
    index: int('index of the container if service has multiple replicas.'),
    message: text('Commit message', 'm'),
    pause: bool('Pause container during commit (default true)', 'p'),
  },
  args: { min: 1, max: 2 },
  async run(context, flags, [service = '', reference]) {
    const container = await serviceContainer(context, projectNameOf(context), service, {
      index: flags.index,
    });
    const image = reference === undefined ? undefined : parseReference(reference);
    const name = nameOf(container);
    tellStep(context, name, 'Commit', `${name} Committing`);
    const { Id } = await context.client.containers.commit({
      container: container.Id,
      ...(image && { repo: familiarRepository(image), tag: image.tag ?? 'latest' }),
      ...(flags.message !== undefined && { comment: flags.message }),
      ...(flags.author !== undefined && { author: flags.author }),
      pause: (flags.pause ?? true) ? '1' : '0',
      changes: flags.change,
    });
    const as = context.globals['dry-run'] ? '' : ` as ${Id}`;
    tellStep(context, name, 'Commit', `${name} Committed${as}`);
  },
});
