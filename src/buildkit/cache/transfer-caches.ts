import type { ImportedCache } from '../../build/remote-cache/imported-caches.ts';
import type { CacheReader, CacheTarget } from '../../build/remote-cache/types.ts';
import type { BuiltImage } from '../../build/types.ts';
import { isAbort, prefixed } from '../../lib/errors.ts';
import { familiarName, withDefaultTag } from '../../oci/reference.ts';
import type { BuildKitContext } from '../context.ts';
import type { Peer } from '../peer.ts';
import type { BuildTeller } from '../status/tell-build.ts';
import type { CacheInput, CacheOutput } from './cache-options.ts';
import { clientReader, clientWriter } from './client-store.ts';

interface Transfer {
  readonly context: BuildKitContext;
  readonly peer: Peer;
  readonly teller: BuildTeller;
  readonly signal: AbortSignal;
}

/** Reads the caches that a client names. One that can't be read is told as such, and the build goes on without it. */
export async function importCaches(
  transfer: Transfer,
  inputs: readonly CacheInput[],
): Promise<ImportedCache[]> {
  const read = await Promise.all(inputs.map((input) => importCache(transfer, input)));
  return read.filter((cache) => cache !== undefined);
}

async function importCache(
  { context, peer, teller, signal }: Transfer,
  input: CacheInput,
): Promise<ImportedCache | undefined> {
  const { credentials } = peer;
  const read = (name: string, from: string | CacheReader): Promise<ImportedCache> =>
    teller.during(`importing cache manifest from ${name}`, () =>
      context.builder.readCache(from, { credentials, signal }).catch((error: unknown) => {
        throw isAbort(error) ? error : prefixed(`failed to configure ${input.type} cache importer`, error);
      }),
    );
  try {
    switch (input.type) {
      case 'registry':
        return await read(input.ref, input.ref);
      case 'local':
        return await read(input.digest, clientReader(peer, input.store, input.digest));
      case 'unsupported':
        return await teller.during('importing cache manifest', () => Promise.reject(input.error));
    }
  } catch {
    signal.throwIfAborted();
    return undefined; // it was told
  }
}

/** Writes the cache of a build everywhere it is wanted; returns what the client is told of it. */
export async function exportCaches(
  transfer: Transfer,
  images: readonly BuiltImage[],
  outputs: readonly CacheOutput[],
): Promise<Record<string, string>> {
  const responses: Record<string, string> = {};
  for (const output of outputs) {
    try {
      Object.assign(responses, await exportCache(transfer, images, output));
    } catch (error) {
      transfer.signal.throwIfAborted();
      if (!output.ignoreError) throw error;
    }
  }
  return responses;
}

async function exportCache(
  { context, peer, teller, signal }: Transfer,
  images: readonly BuiltImage[],
  output: CacheOutput,
): Promise<Record<string, string>> {
  const title =
    output.type === 'local' ? 'exporting cache to client directory' : 'exporting cache to registry';
  const target = await targetOf(peer, output, signal);
  return teller.during(title, async (task) => {
    output.warnings.forEach(task.warn);
    const root = await context.builder.exportCache(images, target, {
      ...output.options,
      signal,
      onProgress: ({ id = '', current = 0, total = 0, status }) =>
        task.progress(`writing layer ${id}`, { current, total, done: status === 'Pushed' }),
    });
    if (!root) return {};
    const where = output.type === 'local' ? '' : ` to ${familiarName(withDefaultTag(output.reference))}`;
    task.progress(`writing cache manifest ${root.digest}${where}`, { done: true });
    return { 'cache.manifest': JSON.stringify(root) };
  });
}

async function targetOf(peer: Peer, output: CacheOutput, signal: AbortSignal): Promise<CacheTarget> {
  if (output.type === 'local') return { writer: clientWriter(peer, output.store) };
  const { reference } = output;
  return { reference, auth: await peer.credentials(reference.domain, signal) };
}
