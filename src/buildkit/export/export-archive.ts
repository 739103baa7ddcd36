import { invalid } from '../../lib/errors.ts';
import {
  describeRoot,
  distributeResult,
  isIndex,
  prepareWriting,
  type Writing,
} from './distribute-result.ts';
import { epochOf, flag } from './options.ts';
import type { ExporterResponse, OutputTask } from './output.ts';

/** `type=oci` and `type=docker`: an archive for the client, or with `tar=false` blobs for a directory of it. The store gets no name of it. */
export async function exportArchive(output: OutputTask): Promise<ExporterResponse> {
  const { exporter, result, peer, task, number, signal } = output;
  const docker = exporter.Type === 'docker';
  if (docker && result.isMap)
    throw invalid('docker exporter does not currently support exporting manifest lists');
  const writing = prepareWriting(output, result.isMap);
  if (docker && writing.attestor.states(false))
    throw invalid('docker exporter does not support attestations: use the oci exporter instead');
  using distribution = await distributeResult(writing);
  const created = { 'org.opencontainers.image.created': createdAt(output) };
  const annotations = isIndex(writing)
    ? { ...created, ...writing.annotations.of('index-descriptor') }
    : created;
  const response: ExporterResponse = {
    ...describeRoot(writing, distribution, created),
    ...(writing.names.length > 0 && {
      'image.name': writing.names.map(({ reference }) => fullName(reference)).join(','),
    }),
  };
  if (flag(exporter.Attrs, 'tar') ?? true) {
    const names = writing.names.map(({ reference }) => reference);
    const archive = distribution.archive({ names, docker, annotations });
    await task.part('sending tarball', () => peer.sendFile(archive, number, signal, response));
  } else {
    if (!peer.takesBlobs) throw invalid(`${exporter.Type}: the client gave no directory for tar=false`);
    // what is named by others comes first; the client makes its index of what it is told of the root
    await task.part('copying blobs', async () => {
      for (const { digest, size } of distribution.blobs)
        await peer.sendBlob(`export:${number}`, { digest, size, content: distribution.open(digest) }, signal);
    });
  }
  return response;
}

function createdAt({ exporter, result }: OutputTask): string {
  const [part] = result.parts;
  const epoch = epochOf(exporter.Attrs, part?.account.attributes ?? {});
  return new Date(epoch === undefined ? Date.now() : epoch * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

const fullName = ({ domain, path, tag, digest }: Writing['names'][number]['reference']): string =>
  `${domain}/${path}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
