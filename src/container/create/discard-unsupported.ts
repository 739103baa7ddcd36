import type { Resources, Runtime } from '../../runtime/types.ts';
import type { ContainerSpec } from '../types.ts';

interface Kept {
  readonly spec: ContainerSpec;
  readonly warnings: readonly string[];
}

/** Takes away what this kernel can't do and Docker goes without, and says so in Docker's words. */
export function discardUnsupported(spec: ContainerSpec, runtime: Runtime): Kept {
  const { resources, warnings } = discardLimits(spec.resources, runtime);
  const { CpuPercent: percent, ...hostConfigEcho } = spec.hostConfigEcho;
  const kept = { ...spec, resources, hostConfigEcho };
  if (!percent) return { spec: kept, warnings };
  return { spec: kept, warnings: [...warnings, 'linux does not support CPU percent. Percent discarded.'] };
}

export function discardLimits(
  asked: Resources,
  runtime: Pick<Runtime, 'cgroupVersion' | 'blkioWeight'>,
): { resources: Resources; warnings: string[] } {
  const resources: Record<string, unknown> = { ...asked };
  const warnings: string[] = [];
  const drop = (name: keyof Resources, warning: string): void => {
    if (resources[name] === undefined || (resources[name] as { length?: number }).length === 0) return;
    if (Array.isArray(resources[name])) resources[name] = [];
    else delete resources[name];
    warnings.push(warning);
  };
  if (!runtime.blkioWeight) {
    drop(
      'blkioWeight',
      'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.',
    );
    drop(
      'blkioWeightDevices',
      'Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.',
    );
  }
  if (runtime.cgroupVersion === 2) {
    drop(
      'memorySwappiness',
      'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
    );
    drop('oomKillDisable', 'Your kernel does not support OomKillDisable. OomKillDisable discarded.');
    drop(
      'kernelMemoryTcp',
      'Your kernel does not support kernel memory TCP limit capabilities or the cgroup is not mounted. Limitation discarded.',
    );
  }
  return { resources: resources as Resources, warnings };
}
