import { invalid } from '../../lib/errors.ts';
import { familiarRepository, parseReference, repositoryOf } from '../../oci/reference.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { bool, text } from '../flags.ts';
import { showProgress } from '../progress.ts';
import { authFor } from '../registry-auth.ts';
import { platformJson } from './platform.ts';

export const command = defineCommand({
  summary: 'Upload an image to a registry',
  usage: '[OPTIONS] NAME[:TAG]',
  flags: {
    'all-tags': bool('Push all tags of an image to the repository', 'a'),
    'disable-content-trust': bool('Skip image signing (default true)'),
    platform: text('Push a platform-specific manifest as a single-platform image to the registry'),
    quiet: bool('Suppress verbose output', 'q'),
  },
  args: { min: 1, max: 1 },
  async run(context, flags, [name = '']) {
    const reference = parseReference(name);
    const all = flags['all-tags'] ?? false;
    if (all && reference.tag !== undefined) throw invalid("tag can't be used with --all-tags/-a");
    if (!all && reference.tag === undefined && !flags.quiet) print(context, 'Using default tag: latest');
    const tag = all ? undefined : (reference.tag ?? 'latest');
    const auth = await authFor(context, name);
    const lines = await context.client.images.push(familiarRepository(reference), {
      ...(tag !== undefined && { tag }),
      platform: platformJson(flags.platform),
      ...(auth && { auth }),
      signal: context.signal,
    });
    await showProgress(lines, flags.quiet ? undefined : context.out);
    if (flags.quiet) print(context, `${repositoryOf(reference)}${tag === undefined ? '' : `:${tag}`}`);
  },
});
