import { closeSync, constants } from 'node:fs';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamedContexts } from '../../../build/plan/named-contexts.ts';
import type { BuiltImage } from '../../../build/types.ts';
import { bytesOfText } from '../../../lib/byte-string.ts';
import { EngineError, invalid, messageOf } from '../../../lib/errors.ts';
import { RootedDirectory } from '../../../lib/rooted-path.ts';
import { familiarName, parseReference } from '../../../oci/reference.ts';
import type { Output } from '../../export/output.ts';
import type { ResultPart } from '../../result.ts';
import type { SbomRequest } from '../requests.ts';

const SOURCE = '/run/src/core/sbom';
const DESTINATION = '/run/out';
const LARGEST = 64 << 20;

/**
 * Has an image scan a result (https://github.com/moby/buildkit/blob/master/docs/attestations/sbom-protocol.md): its program runs as a step of
 * a build that mounts the result, and leaves a document.
 */
export async function runGenerator(
  output: Output,
  part: ResultPart,
  { generator, parameters }: SbomRequest & { readonly generator: string },
): Promise<object> {
  const name = familiarName(parseReference(generator));
  try {
    const command = await commandOf(output, name);
    await using scanned = await temporaryImage(output, part);
    const told = { ...parameters, BUILDKIT_SCAN_DESTINATION: DESTINATION, BUILDKIT_SCAN_SOURCE: SOURCE };
    const text = [
      `FROM ${name}`,
      ...Object.entries(told).map(([key, value]) => `ENV ${key}=${quoted(value)}`),
      `RUN --mount=type=bind,from=scanned-result,target=${SOURCE} --mount=type=tmpfs,target=/tmp ${JSON.stringify(command)}`,
    ].join('\n');
    using made = await solveText(output, text, { 'scanned-result': { kind: 'image', name: scanned.id } });
    await using rootfs = output.context.builder.openRootfs(made);
    return await readDocument(rootfs.root);
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

/** What the image runs. */
async function commandOf(output: Output, generator: string): Promise<readonly string[]> {
  using made = await solveText(output, `FROM ${generator}\n`, {});
  const { Entrypoint, Cmd } = made.config.config ?? {};
  const command = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  if (command.length === 0) throw invalid('it has no command');
  return command;
}

async function solveText(
  { context, peer, signal }: Output,
  text: string,
  contexts: NamedContexts,
): Promise<BuiltImage> {
  const contextDir = await mkdtemp(join(tmpdir(), 'lading-sbom-'));
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
      { signal },
    );
  } finally {
    await rm(contextDir, { recursive: true, force: true });
  }
}

/** The document that it left; of several the first by name. */
async function readDocument(root: string): Promise<object> {
  using files = new RootedDirectory(bytesOfText(root));
  using held = new DisposableStack();
  const fd = held.adopt(files.openDirectory(DESTINATION), closeSync);
  const directory = `/proc/self/fd/${fd}`;
  const entries = await readdir(directory, { withFileTypes: true });
  const [name] = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => entry.name)
    .sort();
  if (name === undefined) throw invalid(`it left no document in ${DESTINATION}`);
  await using file = await open(join(directory, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  if ((await file.stat()).size > LARGEST) throw invalid(`${name} exceeds ${LARGEST} bytes`);
  return predicateIn(await file.readFile('utf8'), name);
}

/** The document itself, or what is stated in it. */
function predicateIn(text: string, name: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw invalid(`${name} is no JSON`, error);
  }
  const inner = (parsed as { predicate?: unknown } | null)?.predicate ?? parsed;
  if (typeof inner !== 'object' || inner === null) throw invalid(`${name} is no document`);
  return inner;
}
