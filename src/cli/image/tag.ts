import { invalid, messageOf } from '../../lib/errors.ts';
import { familiarRepository, parseReference, type Reference } from '../../oci/reference.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  summary: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  flags: {},
  args: { min: 2, max: 2 },
  run(context, _flags, [source = '', target = '']) {
    const reference = parseTag(target);
    return context.client.images.tag(source, {
      repo: familiarRepository(reference),
      tag: reference.tag ?? 'latest',
    });
  },
});

function parseTag(target: string): Reference {
  try {
    return parseReference(target);
  } catch (error) {
    throw invalid(
      `Error parsing reference: ${JSON.stringify(target)} is not a valid repository/tag: ${messageOf(error)}`,
      error,
    );
  }
}
