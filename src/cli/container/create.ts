import { writeFileSync } from '../../lib/fs.ts';
import { EngineError, hasCode, invalid } from '../../lib/errors.ts';
import type { CreateContainerBody } from '../../wire/container.ts';
import { defineCommand } from '../command.ts';
import { type Context, print } from '../context.ts';
import { ExitError, errorLine } from '../exit-code.ts';
import { createBody, type CreateValues } from './create-body.ts';
import { createFlags } from './create-flags.ts';

export const command = defineCommand({
  summary: 'Create a new container',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags: createFlags,
  args: { min: 1 },
  interspersed: false,
  usageStatus: 125,
  async run(context, flags, [image = '', ...args]) {
    print(context, await createContainer(context, flags, createBody(context, flags, image, args, false)));
  },
});

/** Creates a container; pulls its image when it is missing, as `--pull` says. Returns the id. */
export async function createContainer(
  context: Context,
  flags: CreateValues,
  body: CreateContainerBody,
): Promise<string> {
  const pull = flags.pull ?? 'missing';
  if (!['always', 'missing', 'never'].includes(pull)) {
    throw new ExitError(125, `invalid pull option: '${pull}': must be one of "always", "missing" or "never"`);
  }
  const image = body.Image ?? '';
  const fetch = async (): Promise<void> => {
    const { pullImage } = await import('../image/pull.ts');
    await pullImage(context, image, { quiet: flags.quiet, platform: flags.platform, out: context.err });
  };
  if (pull === 'always') await fetch();
  const create = () =>
    context.client.containers.create(body, {
      ...(flags.name !== undefined && { name: flags.name }),
      ...(flags.platform !== undefined && { platform: flags.platform }),
    });
  try {
    const answer = await create().catch(async (error: unknown) => {
      if (!isMissingImage(error) || pull !== 'missing') throw error;
      if (!flags.quiet) context.err.write(`Unable to find image '${withTag(image)}' locally\n`);
      await fetch();
      return create();
    });
    for (const warning of answer.Warnings ?? []) context.err.write(`WARNING: ${warning}\n`);
    if (flags.cidfile !== undefined) writeIdFile(flags.cidfile, answer.Id);
    return answer.Id;
  } catch (error) {
    throw error instanceof ExitError
      ? error
      : new ExitError(125, `lade: ${errorLine(error)}\n\nRun 'lade run --help' for more information`);
  }
}

const isMissingImage = (error: unknown): boolean =>
  error instanceof EngineError && error.kind === 'not-found' && error.message.startsWith('No such image');

const withTag = (image: string): string => (/[:@][^/]*$/.test(image) ? image : `${image}:latest`);

function writeIdFile(path: string, id: string): void {
  try {
    writeFileSync(path, id, { flag: 'wx' });
  } catch (error) {
    throw hasCode(error, 'EEXIST')
      ? invalid(`container ID file found, make sure the other container isn't running or delete ${path}`)
      : error;
  }
}
