import { createHash } from 'node:crypto';
import type { ExecOp, Vertex } from '../../plan/types.ts';
import { baseKey } from '../../solve/key.ts';
import type { ContentInput, Identity, Rootfs } from '../../solve/types.ts';
import type { BuildSources } from '../build-sources.ts';

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
    if (mount.input === undefined) {
      const selection = { path: mount.source, exclude: [], parents: false };
      content.push({ name: `--mount ${mount.source}`, ...(await sources.digestContext(selection, signal)) });
    } else {
      const stage = vertices[mount.input]?.step.stage ?? '';
      content.push({ name: `--mount from=${stage}`, digest: baseKey(inputs[mount.input] ?? { layers: [] }) });
    }
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
