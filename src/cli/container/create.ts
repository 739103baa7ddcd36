import { existsSync, writeFileSync } from '../../lib/fs.ts';
import { EngineError, hasCode, invalid } from '../../lib/errors.ts';
import type { CreateContainerBody } from '../../wire/container.ts';
import { defineCommand } from '../command.ts';
import { type Context, print } from '../context.ts';
import { readConfig } from '../config-file.ts';
import { ExitError, errorLine } from '../exit-code.ts';
import { proxyEnvironment } from '../proxies.ts';
import { createBody } from './create-body.ts';
import { createFlags, type CreateValues } from './create-flags.ts';

export const command = defineCommand({
  summary: 'Create a new container',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags: createFlags,
  args: { min: 1 },
  interspersed: false,
  async run(context, flags, [image = '', ...args]) {
    const body = readFlags('create', () => createBody(context, flags, image, args, false));
    print(context, await createContainer(context, flags, body));
  },
});

/** What the flags mean; a mistake in them ends the command with 125, as Docker's `run` and `create` do. */
export function readFlags<T>(verb: 'create' | 'run', read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw refusal(verb, error);
  }
}

/** A failure of `run` or `create` as Docker's CLI tells it. */
export const refusal = (verb: 'create' | 'run', error: unknown, status = 125): ExitError =>
  error instanceof ExitError
    ? error
    : new ExitError(status, `lade: ${errorLine(error)}\n\nRun 'lade ${verb} --help' for more information`);

/** What the config file says of proxies goes to every container. */
function withProxies(context: Context, body: CreateContainerBody): CreateContainerBody {
  const own = body.Env ?? [];
  const proxies = proxyEnvironment(readConfig(context), context.client.transport.host, own);
  return proxies.length > 0 ? { ...body, Env: [...own, ...proxies] } : body;
}

const windowsOnly = ['cpu-count', 'cpu-percent', 'io-maxbandwidth', 'io-maxiops'] as const;

/** Creates a container; pulls its image when it is missing, as `--pull` says. Returns the id. */
export async function createContainer(
  context: Context,
  flags: CreateValues,
  body: CreateContainerBody,
): Promise<string> {
  const pull = flags.pull ?? 'missing';
  checkFlags(flags, pull);
  const image = body.Image ?? '';
  await checkImage(image);
  const fetch = async (): Promise<void> => {
    const { pullImage } = await import('../image/pull.ts');
    await pullImage(context, image, { quiet: flags.quiet, platform: flags.platform, out: context.err });
  };
  if (pull === 'always') await fetch();
  const apiSocket = flags['use-api-socket'] ? await import('./api-socket.ts') : undefined;
  const proxied = withProxies(context, body);
  const create = () =>
    context.client.containers.create(apiSocket?.withApiSocket(context, proxied) ?? proxied, {
      ...(flags.name !== undefined && { name: flags.name }),
      ...(flags.platform !== undefined && { platform: flags.platform }),
    });
  const answer = await create().catch(async (error: unknown) => {
    if (!isMissingImage(error) || pull !== 'missing') throw error;
    if (!flags.quiet) context.err.write(`Unable to find image '${withTag(image)}' locally\n`);
    await fetch();
    return create();
  });
  for (const warning of answer.Warnings ?? []) context.err.write(`WARNING: ${warning}\n`);
  await apiSocket?.copyLogins(context, answer.Id);
  if (flags.cidfile !== undefined) writeIdFile(flags.cidfile, answer.Id);
  return answer.Id;
}

/** Names that are plainly right don't need the whole grammar. */
async function checkImage(image: string): Promise<void> {
  if (/^[a-z0-9]+([._:/@-][a-z0-9]+)*$/.test(image)) return;
  const { parseReference } = await import('../../oci/reference.ts');
  parseReference(image);
}

function checkFlags(flags: CreateValues, pull: string): void {
  const alien = windowsOnly.find((name) => flags[name] !== undefined);
  if (alien !== undefined)
    throw new ExitError(
      1,
      `"--${alien}" is only supported on a Docker daemon running on windows, but the Docker daemon is running on linux`,
    );
  if (!['always', 'missing', 'never'].includes(pull))
    throw invalid(`invalid pull option: '${pull}': must be one of "always", "missing" or "never"`);
  if (flags.cidfile !== undefined && existsSync(flags.cidfile)) throw idFileFound(flags.cidfile);
}

const isMissingImage = (error: unknown): boolean =>
  error instanceof EngineError && error.kind === 'not-found';

const withTag = (image: string): string => (/[:@][^/]*$/.test(image) ? image : `${image}:latest`);

const idFileFound = (path: string): Error =>
  invalid(`container ID file found, make sure the other container isn't running or delete ${path}`);

function writeIdFile(path: string, id: string): void {
  try {
    writeFileSync(path, id, { flag: 'wx' });
  } catch (error) {
    throw hasCode(error, 'EEXIST') ? idFileFound(path) : error;
  }
}
