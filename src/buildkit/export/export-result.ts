import { EngineError, isAbort } from '../../lib/errors.ts';
import { GrpcError, GrpcStatus } from '../../lib/grpc/status.ts';
import { exportArchive } from './export-archive.ts';
import { exportDirectory } from './export-directory.ts';
import { exportImage } from './export-image.ts';
import { exportTar } from './export-tar.ts';
import type { ExporterResponse, Output, OutputTask } from './output.ts';

type Export = (output: OutputTask) => Promise<ExporterResponse>;

/** By the name of an output's type: what it is called in the progress of the build, and what does it. */
const exports: Readonly<Record<string, readonly [title: string, work: Export]>> = {
  moby: ['exporting to image', exportImage],
  image: ['exporting to image', exportImage],
  oci: ['exporting to oci image format', exportArchive],
  docker: ['exporting to docker image format', exportArchive],
  local: ['exporting to client directory', exportDirectory],
  tar: ['exporting to client tarball', exportTar],
  cacheonly: ['exporting nothing', async () => ({})],
};

/** Puts the result of a build where the client wants it; returns what the client is told of it. */
export async function exportResult(output: Output): Promise<ExporterResponse> {
  const { Type } = output.exporter;
  const [title, work] = (Object.hasOwn(exports, Type) && exports[Type]) || [];
  if (title === undefined || !work) throw new Error(`nothing exports as ${Type}`);
  try {
    return await output.teller.during(title, (task) => work({ ...output, task }));
  } catch (error) {
    // clients print a code that they know before the message
    throw error instanceof EngineError && !isAbort(error)
      ? new GrpcError(GrpcStatus.unknown, error.message)
      : error;
  }
}
