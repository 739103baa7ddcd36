import { createHash } from 'node:crypto';
import type { ExecOp, Vertex } from '../../plan/types.ts';
import { baseKey } from '../../solve/key.ts';
import type { ContentInput, Identity, Rootfs } from '../../solve/types.ts';
import type { BuildSources } from '../build-sources.ts';

/** Part of a file system counts by its content. Of a whole one its layers count: to read all of it may cost more than the step. */
const isOnePath = (path: string): boolean => path !== '/' && !/[*?[\\]/.test(path);

/** RUN: its command, environment, user, network and mounts. What is in caches, tmpfs and secrets does not count, nor do proxies. */
export async function identifyExec(
  sources: BuildSources,
  { op, inputs: vertices }: Vertex & { readonly op: ExecOp },
  inputs: readonly Rootfs[],
  signal: AbortSignal,
): Promise<Identity> {
  const content: ContentInput[] = [];
  for (const mount of op.mounts) {
    if (mount.type !== 'bind' && (mount.type !== 'cache' || mount.input === undefined)) continue;
    const selection = { path: mount.source, exclude: [], parents: false };
    if (mount.input === undefined) {
      content.push({ name: `--mount ${mount.source}`, ...(await sources.digestContext(selection, signal)) });
      continue;
    }
    const rootfs = inputs[mount.input] ?? { layers: [] };
    const name = `--mount from=${vertices[mount.input]?.step.stage ?? ''}`;
    content.push(
      isOnePath(mount.source)
        ? { name: `${name} ${mount.source}`, ...(await sources.digestRootfs(rootfs, selection, signal)) }
        : { name, digest: baseKey(rootfs) },
    );
  }
  const { args, env, cwd, user, network, mounts, extraHosts, script, insecure, hostname } = op;
  const definition = {
    kind: 'exec',
    args,
    env,
    cwd,
    user,
    network,
    mounts,
    extraHosts,
    ...(insecure && { insecure }),
    ...(hostname !== undefined && { hostname }),
    ...(script && { script: createHash('sha256').update(script.content).digest('hex') }),
  };
  return { definition, content };
}
