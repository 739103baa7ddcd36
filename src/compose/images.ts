import { EngineError, kindOf } from '../lib/errors.ts';
import type { ImageInspect } from '../wire/image.ts';
import type { BuildOptions } from './build.ts';
import type { Service } from './model/types.ts';
import { imageName } from './plan/names.ts';
import { pullRule } from './plan/pull-rule.ts';
import type { PullOptions } from './pull-image.ts';
import { step, type Work } from './work.ts';

export interface ImageOptions extends BuildOptions, PullOptions {
  /** `--build`: build also what is there. */
  readonly build?: boolean;
  readonly noBuild?: boolean;
  /** `--pull`: over the services' own policies. */
  readonly pull?: string | undefined;
  /** Nothing is really pulled or built: an image that is missing is no mistake. */
  readonly dryRun?: boolean;
}

/** Makes sure that the image of each service is there: built where the service says how, else pulled. Returns image ids by service. */
export async function ensureImages(
  work: Work,
  services: readonly Service[],
  options: ImageOptions,
): Promise<Map<string, string>> {
  const flights = new Map<string, Promise<string>>();
  const once = (key: string, ensure: () => Promise<string>): Promise<string> => {
    const flight = flights.get(key) ?? ensure();
    flights.set(key, flight);
    return flight;
  };
  const ids = await Promise.all(
    services
      .filter(({ provider }) => !provider)
      .map(async (service) => {
        const name = imageName(work.project, service);
        const key = service.build ? `${name} ${JSON.stringify(service.build)}` : name;
        await Promise.all(
          service.volumes
            .filter(({ type, source }) => type === 'image' && source !== undefined)
            .map(({ source = '' }) => once(source, () => ensureMounted(work, service, source, options))),
        );
        return [service.name, await once(key, () => ensureImage(work, service, options))] as const;
      }),
  );
  return new Map(ids);
}

async function ensureImage(work: Work, service: Service, options: ImageOptions): Promise<string> {
  const name = imageName(work.project, service);
  const found = await inspectImage(work, name);
  const isBuilt = service.build !== undefined && !options.noBuild;
  const rule = pullRule(options.pull ?? service.pullPolicy);
  const isToBuild = isBuilt && (options.build || rule.policy === 'build');
  if (found && !isToBuild && !rule.isStale(found)) {
    if (isBuilt) await tellStale(work, service, found);
    return found.Id;
  }
  const isToPull = service.image !== undefined && rule.pulls && !isToBuild;
  if (isToPull) await pull(work, name, service, options).catch(isBuilt ? () => {} : undefined);
  const pulled = isToPull ? await inspectImage(work, name) : undefined;
  if (pulled) return pulled.Id;
  if (isBuilt)
    await step(work, 'Image', name, ['Building', 'Built'], async () => {
      if (options.dryRun) return;
      const { buildService } = await import('./build.ts');
      await buildService(work.client, work.project, service, options);
    });
  return idOf(work, name, options);
}

/** Docker's Compose says nothing when it starts what is older than its sources. */
async function tellStale({ project, report }: Work, service: Service, image: ImageInspect): Promise<void> {
  const { changedSinceBuilt } = await import('./stale-image.ts');
  const [first, ...others] = changedSinceBuilt(project, service, image);
  if (first === undefined) return;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  const status = `image ${imageName(project, service)} was built before ${first}${more} changed: --build builds it anew`;
  report({ kind: 'Service', name: service.name, status, state: 'warning' });
}

/** An image that a service mounts. */
async function ensureMounted(
  work: Work,
  service: Service,
  name: string,
  options: ImageOptions,
): Promise<string> {
  const found = await inspectImage(work, name);
  if (found) return found.Id;
  await pull(work, name, service, options);
  return idOf(work, name, options);
}

async function idOf(work: Work, name: string, { dryRun = false }: ImageOptions): Promise<string> {
  const found = await inspectImage(work, name);
  if (!found && !dryRun)
    throw new EngineError('not-found', `Error response from daemon: No such image: ${name}`);
  return found?.Id ?? '';
}

async function inspectImage({ client }: Work, name: string): Promise<ImageInspect | undefined> {
  try {
    return await client.images.inspect(name);
  } catch (error) {
    if (kindOf(error) === 'not-found') return undefined;
    throw error;
  }
}

const pull = (work: Work, name: string, service: Service, { authFor }: PullOptions): Promise<void> =>
  work.slots.run(async () => {
    const { pullImage } = await import('./pull-image.ts');
    await pullImage(work.client, name, service, work.report, {
      ...(authFor && { authFor }),
      ...(work.signal && { signal: work.signal }),
    });
  });
