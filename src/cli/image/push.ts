import { familiarRepository, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { defineCommand } from '../command.ts';
import { print } from '../context.ts';
import { bool, text } from '../flags.ts';
import { showProgress } from '../progress.ts';
import { platformJson } from './platform.ts';
import { authFor } from '../registry-auth.ts';

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
    const reference = withDefaultTag(parseReference(name));
    const repository = familiarRepository(reference);
    const auth = await authFor(context, name);
    if (reference.tag === 'latest' && !flags.quiet && !flags['all-tags'] && !name.endsWith(':latest'))
      print(context, 'Using default tag: latest');
    const lines = await context.client.images.push(repository, {
      ...(!flags['all-tags'] && { tag: reference.tag ?? 'latest' }),
      platform: platformJson(flags.platform),
      ...(auth && { auth }),
      signal: context.signal,
    });
    await showProgress(lines, flags.quiet ? undefined : context.out);
    if (flags.quiet) print(context, `${reference.domain}/${reference.path}:${reference.tag}`);
  },
});
