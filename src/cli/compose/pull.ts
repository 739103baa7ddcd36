import { pullImage } from '../../compose/pull-image.ts';
import type { Service } from '../../compose/model/types.ts';
import { chosenServices } from '../../compose/up.ts';
import { isAbort, kindOf, messageOf } from '../../lib/errors.ts';
import { mapPool } from '../../lib/pool.ts';
import { parseReference, withDefaultTag } from '../../oci/reference.ts';
import { bool, text } from '../flags.ts';
import { authFor } from '../registry-auth.ts';
import { type ComposeContext, defineComposeCommand } from './globals.ts';
import { tellStep } from './step-line.ts';

export const command = defineComposeCommand({
  summary: 'Pull service images',
  usage: '[OPTIONS] [SERVICE...]',
  flags: {
    'ignore-buildable': bool('Ignore images that can be built'),
    'ignore-pull-failures': bool('Pull what it can and ignores images with pull failures'),
    'include-deps': bool('Also pull services declared as dependencies'),
    policy: text('Apply pull policy ("missing"|"always")'),
    quiet: bool('Pull without printing progress information', 'q'),
    // as is done in any case
    'no-parallel': { ...bool('Disable parallel pulling'), hidden: true },
    parallel: { ...bool('Pull multiple images in parallel'), hidden: true },
  },
  args: { min: 0 },
  async run(context, flags, names) {
    const project = context.load(names);
    const services = chosenServices(project, { services: names, noDeps: !flags['include-deps'] });
    const wanted = await toPull(context, services, flags);
    const failed: { service: Service; error: unknown }[] = [];
    const pulls = mapPool(wanted, 4, async (service, signal) => {
      tellStep(context, service.name, 'Pulling');
      try {
        await pull(context, service, signal);
        tellStep(context, service.name, 'Pulled');
      } catch (error) {
        const status = isAbort(error) ? ' Interrupted' : service.build ? 'Warning' : 'Error';
        tellStep(context, service.name, status, isAbort(error) ? '' : messageOf(error));
        failed.push({ service, error });
        // what can be built may be missing: the others are pulled all the same
        if (!flags['ignore-pull-failures'] && !service.build) throw error;
      }
    });
    await pulls.finally(() =>
      tellBuildable(
        context,
        failed.filter(({ error }) => !isAbort(error)).map(({ service }) => service),
      ),
    );
    if (failed[0] && !flags['ignore-pull-failures']) throw failed[0].error;
  },
});

/** The services whose images are pulled, each image once; why the others are not is told. */
async function toPull(
  context: ComposeContext,
  services: readonly Service[],
  flags: { readonly 'ignore-buildable': boolean | undefined; readonly policy: string | undefined },
): Promise<Service[]> {
  const by = new Map<string, string>();
  const wanted: Service[] = [];
  for (const service of services) {
    const { name, image, build } = service;
    const skip = (why: string): void => tellStep(context, name, `Skipped${why && ` - ${why}`}`);
    const policy = flags.policy || service.pullPolicy;
    const first = by.get(image ?? '');
    if (image === undefined) skip('No image to be pulled');
    else if (policy === 'never' || policy === 'build') skip('');
    else if ((policy === 'missing' || policy === 'if_not_present') && (await isThere(context, image)))
      skip('Image is already present locally');
    else if (build && flags['ignore-buildable']) skip('Image can be built');
    else if (first !== undefined) skip(`Image is already being pulled by ${first}`);
    else {
      by.set(image, name);
      wanted.push(service);
    }
  }
  return wanted;
}

/** What `latest` means today only the registry knows. */
async function isThere({ client }: ComposeContext, image: string): Promise<boolean> {
  if (withDefaultTag(parseReference(image)).tag === 'latest') return false;
  try {
    await client.images.inspect(image);
    return true;
  } catch (error) {
    if (kindOf(error) === 'not-found') return false;
    throw error;
  }
}

const pull = (context: ComposeContext, service: Service, signal: AbortSignal): Promise<void> =>
  pullImage(context.client, service.image ?? '', service, () => {}, {
    authFor: (image) => authFor(context, image),
    signal,
  });

function tellBuildable({ err }: ComposeContext, services: readonly Service[]): void {
  const names = services.filter(({ build }) => build).map(({ name }) => name);
  if (names.length > 0)
    err.write(
      `WARN Some service image(s) must be built from source by running:\n    lade compose build ${names.join(' ')}\n`,
    );
}
