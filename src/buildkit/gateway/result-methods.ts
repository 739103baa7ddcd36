import type { GrpcCall, GrpcHandler } from '../../lib/grpc/server.ts';
import { GrpcError, GrpcStatus } from '../../lib/grpc/status.ts';
import type { BuildKitContext } from '../context.ts';
import type { Jobs } from '../control/jobs.ts';
import { unary } from '../methods.ts';
import { jobOf } from './job-of.ts';
import { readDirectory, readFile, statFile } from './read-files.ts';
import { type PlatformMessage, resolveImage } from './resolve-images.ts';

const service = 'moby.buildkit.v1.frontend';

interface FileRequest {
  Ref: string;
  FilePath: string;
  DirPath: string;
  Path: string;
  IncludePattern: string;
  Range: { Offset: number; Length: number } | null;
}

/** A single file from elsewhere goes by its own name. */
const renamed = (request: FileRequest, file: string | undefined): FileRequest =>
  file === undefined
    ? request
    : {
        ...request,
        ...(request.FilePath === file && { FilePath: 'context' }),
        ...(request.Path === file && { Path: 'context' }),
      };

/** What reads files of a result. */
export function fileMethods({ builder }: BuildKitContext, jobs: Jobs): Record<string, GrpcHandler> {
  const reading = <T extends object>(name: string, read: (root: string, request: FileRequest) => T) =>
    unary<FileRequest, T>(`${service}.${name}Request`, `${service}.${name}Response`, async (request) => {
      const files = jobs.files(request.Ref);
      if (files) return read(files.received.directory, renamed(request, files.file));
      await using rootfs = builder.openRootfs(jobs.result(request.Ref).image);
      return read(rootfs.root, request);
    });
  return {
    ReadFile: reading('ReadFile', (root, { FilePath, Range }) => ({ Data: readFile(root, FilePath, Range) })),
    ReadDir: reading('ReadDir', (root, { DirPath, IncludePattern }) => ({
      entries: readDirectory(root, DirPath, IncludePattern),
    })),
    StatFile: reading('StatFile', (root, { Path }) => ({ stat: statFile(root, Path) })),
  };
}

interface ImageRequest {
  Ref: string;
  Platform: PlatformMessage | null;
  ResolveMode: string;
  Source: { identifier: string } | null;
}

/** What tells what an image name means. */
export function imageMethods(context: BuildKitContext, jobs: Jobs): Record<string, GrpcHandler> {
  const resolve = async (name: string, { Platform, ResolveMode }: ImageRequest, call: GrpcCall) =>
    resolveImage(
      context,
      await jobOf(jobs, call),
      { name, platform: Platform, mode: ResolveMode },
      call.signal,
    );
  return {
    ResolveImageConfig: unary<ImageRequest, object>(
      `${service}.ResolveImageConfigRequest`,
      `${service}.ResolveImageConfigResponse`,
      async (request, call) => {
        const { name, digest, config } = await resolve(request.Ref, request, call);
        return { Ref: name, Digest: digest, Config: config };
      },
    ),
    ResolveSourceMeta: unary<ImageRequest, object>(
      `${service}.ResolveSourceMetaRequest`,
      `${service}.ResolveSourceMetaResponse`,
      async (request, call) => {
        const identifier = request.Source?.identifier ?? '';
        if (!identifier.startsWith(IMAGE)) throw unsupported(`to resolve the source ${identifier}`);
        const { digest, config } = await resolve(identifier.slice(IMAGE.length), request, call);
        return { Source: request.Source, Image: { Digest: digest, Config: config } };
      },
    ),
  };
}

const IMAGE = 'docker-image://';

/** Processes in results are not run for clients: they are told what there is instead. */
export function containerMethods(): Record<string, GrpcHandler> {
  const refuse = (): Promise<never> =>
    Promise.reject(
      unsupported(
        'to run processes in the result of a build (a failed step is opened by `lade build --debug`)',
      ),
    );
  const names = [
    'NewContainer',
    'ReleaseContainer',
    'ExecProcess',
    'ReadFileContainer',
    'ReadDirContainer',
    'StatFileContainer',
  ];
  return Object.fromEntries(names.map((name) => [name, refuse]));
}

const unsupported = (what: string): GrpcError =>
  new GrpcError(GrpcStatus.unimplemented, `this engine does not offer ${what}`);
