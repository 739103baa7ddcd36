import type { Client } from '../client/client.ts';
import { EngineError, kindOf } from '../lib/errors.ts';
import { familiarName, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { AuthConfig } from '../wire/image.ts';
import { buildService, type BuildOptions } from './build.ts';
import type { Project, Service } from './model/types.ts';
import { imageName } from './plan/names.ts';
import { type Report, reported } from './progress.ts';

export interface ImageOptions extends BuildOptions {
  /** `--build`: build also what is there. */
  readonly build?: boolean;
  readonly noBuild?: boolean;
  readonly pull?: string | undefined;
  readonly authFor?: (image: string) => Promise<AuthConfig | undefined>;
}

/** Makes sure that the image of each service is there: built where the service says how, else pulled. Returns image ids by service. */
export async function ensureImages(
  client: Client,
  project: Project,
  services: readonly Service[],
  report: Report,
  options: ImageOptions,
): Promise<Map<string, string>> {
  const flights = new Map<string, Promise<string>>();
  const ids = await Promise.all(
    services.map(async (service) => {
      const name = imageName(project, service);
      const key = service.build ? `${name} ${JSON.stringify(service.build)}` : name;
      const flight = flights.get(key) ?? ensureImage(client, project, service, report, options);
      flights.set(key, flight);
      return [service.name, await flight] as const;
    }),
  );
  return new Map(ids);
}

async function ensureImage(
  client: Client,
  project: Project,
  service: Service,
  report: Report,
  options: ImageOptions,
): Promise<string> {
  const name = imageName(project, service);
  const policy = options.pull ?? service.pullPolicy ?? 'missing';
  const found = await imageId(client, name);
  if (service.build && !options.noBuild) {
    if (found !== undefined && !options.build && policy !== 'build') return found;
    if (found === undefined && service.image !== undefined && policy === 'always')
      await pullImage(client, name, service, report, options);
    else
      await reported(report, 'Image', name, 'Building', 'Built', () =>
        buildService(client, project, service, options),
      );
  } else if (found === undefined || policy === 'always') {
    if (policy === 'never') throw new EngineError('not-found', `No such image: ${name}`);
    await pullImage(client, name, service, report, options);
  } else return found;
  const id = await imageId(client, name);
  if (id === undefined) throw new EngineError('not-found', `No such image: ${name}`);
  return id;
}

async function imageId(client: Client, name: string): Promise<string | undefined> {
  try {
    return (await client.images.inspect(name)).Id;
  } catch (error) {
    if (kindOf(error) === 'not-found') return undefined;
    throw error;
  }
}

export async function pullImage(
  client: Client,
  name: string,
  service: Service,
  report: Report,
  options: { readonly authFor?: ImageOptions['authFor']; readonly signal?: AbortSignal },
): Promise<void> {
  await reported(report, 'Image', name, 'Pulling', 'Pulled', async () => {
    const auth = await options.authFor?.(name);
    const lines = await client.images.pull(familiarName(withDefaultTag(parseReference(name))), {
      ...(auth && { auth }),
      ...(service.platform !== undefined && { platform: service.platform }),
      ...(options.signal && { signal: options.signal }),
    });
    for await (const line of lines)
      if (line.error !== undefined)
        throw new EngineError('internal', line.errorDetail?.message ?? line.error);
  });
}
