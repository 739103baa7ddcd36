import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamedContexts } from '../../../build/plan/named-contexts.ts';
import type { BuildEvent, BuiltImage } from '../../../build/types.ts';
import { EngineError, invalid, isAbort, messageOf, prefixed } from '../../../lib/errors.ts';
import { familiarName, parseReference } from '../../../oci/reference.ts';
import type { Output } from '../../export/output.ts';
import type { ResultPart } from '../../result.ts';
import type { SbomRequest } from '../requests.ts';
import { readDocuments, type SbomDocument } from './read-documents.ts';

const SOURCE = '/run/src/core/sbom';
const DESTINATION = '/run/out/';
/** Of what it printed, in an error. */
const SHOWN = 2000;

/**
 * Has an image scan a result (https://github.com/moby/buildkit/blob/master/docs/attestations/sbom-protocol.md): its program runs as a step of
 * a build that mounts the result, as root, and leaves documents.
 */
export async function runGenerator(
  output: Output,
  part: ResultPart,
  { generator, parameters }: SbomRequest & { readonly generator: string },
): Promise<SbomDocument[]> {
  const name = familiarName(parseReference(generator));
  try {
    const { command, cwd } = await programOf(output, name);
    await using scanned = await temporaryImage(output, part);
    const told = Object.entries(parameters).map(([key, value]) => [`BUILDKIT_SCAN_${key}`, value] as const);
    const text = [
      `FROM ${name}`,
      'USER 0:0',
      `WORKDIR ${DESTINATION}`,
      `WORKDIR ${quoted(cwd)}`,
      ...[...told, ['BUILDKIT_SCAN_DESTINATION', DESTINATION], ['BUILDKIT_SCAN_SOURCE', SOURCE]].map(
        ([key, value = '']) => `ENV ${key}=${quoted(value)}`,
      ),
      `RUN --mount=type=bind,from=scanned-result,target=${SOURCE} --mount=type=tmpfs,target=/tmp ${JSON.stringify(command)}`,
    ].join('\n');
    using made = await solveText(output, text, { 'scanned-result': { kind: 'image', name: scanned.id } });
    await using rootfs = output.context.builder.openRootfs(made);
    return await readDocuments(rootfs.root, DESTINATION);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(
      error.kind,
      `cannot make an sbom with the generator ${name}: ${messageOf(error)} (without a generator the engine scans by itself: --sbom=true)`,
      { cause: error },
    );
  }
}

/** A value as it is: no variable in it is replaced. */
const quoted = (value: string): string => `"${value.replaceAll(/["\\$]/g, '\\$&')}"`;

/** A result under an id by which a build finds it; it goes again unless somebody has given it a name by then. */
async function temporaryImage(
  { context: { images } }: Output,
  { image: { config, parent } }: ResultPart,
): Promise<{ readonly id: string } & AsyncDisposable> {
  const known = new Set(images.list({ all: true }).map(({ id }) => id));
  const { id } = await images.create(config, { ...(parent && { parent }) });
  return {
    id,
    async [Symbol.asyncDispose]() {
      const image = images.find(id);
      if (!image || known.has(image.id) || image.tags.length + image.digests.length > 0) return;
      await images.remove(id, { noPrune: true, inUseBy: () => undefined });
    },
  };
}

/** What the image runs, and where. */
async function programOf(
  output: Output,
  generator: string,
): Promise<{ readonly command: readonly string[]; readonly cwd: string }> {
  using made = await solveText(output, `FROM ${generator}\n`, {});
  const { Entrypoint, Cmd, WorkingDir } = made.config.config ?? {};
  const command = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  if (command.length === 0) throw invalid('it does not have cmd');
  return { command, cwd: WorkingDir || '/' };
}

async function solveText(
  { context, peer, signal }: Output,
  text: string,
  contexts: NamedContexts,
): Promise<BuiltImage> {
  const contextDir = await mkdtemp(join(tmpdir(), 'lading-sbom-'));
  let printed = '';
  const onEvent = (event: BuildEvent): void => {
    if (event.type === 'step-output') printed = (printed + event.data.toString()).slice(-SHOWN);
  };
  try {
    return await context.builder.solve(
      {
        contextDir,
        dockerfile: { text, name: 'sbom-generator' },
        contexts,
        tags: [],
        lineage: 'sbom-generator',
        buildArgs: {},
        labels: {},
        noCache: false,
        pull: false,
        network: 'default',
        extraHosts: [],
        cacheFrom: [],
        credentials: peer.credentials,
      },
      { signal, onEvent },
    );
  } catch (error) {
    const said = printed.trim();
    throw isAbort(error) || said === '' ? error : prefixed(said, error);
  } finally {
    await rm(contextDir, { recursive: true, force: true });
  }
}
