import { basename } from 'node:path';
import type { FileReference, Project, ProjectFile, Service, ServiceVolume } from '../model/types.ts';
import { kubeName, type Plain } from './manifest.ts';

/** What a pod mounts, and where it comes from. */
interface Volumes {
  readonly mounts: Plain[];
  readonly volumes: Plain[];
}

export function volumesOf(project: Project, service: Service): Volumes {
  const sources = new Map<string, Plain>();
  const mounts: Plain[] = [];
  const add = (name: string, source: Record<string, Plain>, mount: Record<string, Plain>): void => {
    sources.set(name, { name, ...source });
    mounts.push({ name, ...mount });
  };
  service.volumes.forEach((volume, index) => {
    const [name, source] = sourceOf(project, volume, index);
    add(name, source, {
      mountPath: volume.target,
      subPath: volume.type === 'volume' ? volume.subpath : undefined,
      readOnly: volume.readOnly || undefined,
    });
  });
  service.tmpfs.forEach((spec, index) =>
    add(`tmpfs-${index}`, { emptyDir: { medium: 'Memory' } }, { mountPath: spec.replace(/:.*$/, '') }),
  );
  for (const reference of service.configs) {
    const file = project.configs.get(reference.source);
    const name = fileName(file, reference);
    const target = reference.target ?? `/${reference.source}`;
    add(
      `config-${name}`,
      { configMap: { name, defaultMode: reference.mode } },
      { mountPath: target, subPath: file && fileKey(file), readOnly: true },
    );
  }
  for (const reference of service.secrets) {
    const file = project.secrets.get(reference.source);
    const name = fileName(file, reference);
    const target = reference.target ?? reference.source;
    add(
      `secret-${name}`,
      { secret: { secretName: name, defaultMode: reference.mode } },
      {
        mountPath: target.startsWith('/') ? target : `/run/secrets/${target}`,
        subPath: file && fileKey(file),
        readOnly: true,
      },
    );
  }
  return { mounts, volumes: [...sources.values()] };
}

function sourceOf(
  project: Project,
  volume: ServiceVolume,
  index: number,
): [name: string, source: Record<string, Plain>] {
  const { type, source } = volume;
  if (type === 'bind') return [`bind-${index}`, { hostPath: { path: source } }];
  if (type === 'tmpfs')
    return [
      `tmpfs-mount-${index}`,
      { emptyDir: { medium: 'Memory', sizeLimit: volume.tmpfsSize?.toString() } },
    ];
  if (type === 'image') return [`image-${index}`, { image: { reference: source } }];
  if (type !== 'volume' || source === undefined) return [`volume-${index}`, { emptyDir: {} }];
  const claimName = claimOf(project, source);
  return [claimName, { persistentVolumeClaim: { claimName } }];
}

/** The claim of a named volume. */
export const claimOf = (project: Project, source: string): string => {
  const volume = project.volumes.get(source);
  return kubeName(volume?.external ? volume.name : source);
};

const fileName = (file: ProjectFile | undefined, { source }: FileReference): string =>
  kubeName(file?.external ? file.name : source);

/** The key of a file in its ConfigMap or Secret. */
export const fileKey = ({ key, file }: ProjectFile): string =>
  file === undefined ? key : basename(file).replace(/[^-._a-zA-Z0-9]/g, '_');
