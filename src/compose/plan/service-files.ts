import { isAbsolute, join } from 'node:path';
import { hasCode, messageOf } from '../../lib/errors.ts';
import { readFileSync, statSync } from '../../lib/fs.ts';
import type { Mount } from '../../wire/container.ts';
import { problemAt } from '../load/compose-error.ts';
import type { FileReference, Project, ProjectFile, Service } from '../model/types.ts';

/** A config or secret of a service that is copied into its containers, as it is to stand there. */
export interface CopiedFile {
  /** absolute, in the container */
  readonly target: string;
  readonly content: Buffer;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

interface ServiceFile {
  readonly reference: FileReference;
  readonly file: ProjectFile;
  readonly kind: 'config' | 'secret';
  readonly target: string;
}

function serviceFiles(project: Project, service: Service): ServiceFile[] {
  const all = (
    kind: ServiceFile['kind'],
    references: readonly FileReference[],
    files: ReadonlyMap<string, ProjectFile>,
    folder: string,
  ): ServiceFile[] =>
    references.map((reference) => {
      const target = reference.target ?? reference.source;
      const file = files.get(reference.source) as ProjectFile;
      checkSupported(kind, file);
      return { reference, file, kind, target: isAbsolute(target) ? target : join(folder, target) };
    });
  return [
    ...all('config', service.configs, project.configs, '/'),
    ...all('secret', service.secrets, project.secrets, '/run/secrets'),
  ];
}

function checkSupported(kind: string, { external, name, place, driver, templateDriver }: ProjectFile): void {
  if (external)
    throw problemAt(
      place,
      `unsupported external ${kind} ${name}: the engine keeps none; give it a \`file\`, \`environment\` or \`content\``,
    );
  if (driver !== undefined) throw problemAt(place, `${kind}s.*.driver is not supported`);
  if (templateDriver !== undefined) throw problemAt(place, `${kind}s.*.template_driver is not supported`);
}

/** A file of the host is mounted, unless it is to have an owner or a mode that it does not have there. */
const isMounted = ({ file, reference }: ServiceFile): boolean =>
  file.file !== undefined &&
  reference.uid === undefined &&
  reference.gid === undefined &&
  reference.mode === undefined;

/** Read-only mounts of those configs and secrets of a service that are files of the host. */
export const fileMounts = (project: Project, service: Service): Mount[] =>
  serviceFiles(project, service)
    .filter(isMounted)
    .map(({ file, target }) => ({
      Type: 'bind',
      Source: file.file as string,
      Target: target,
      ReadOnly: true,
    }));

/** The configs and secrets of a service that have no file on the host, or are to look other than it. */
export function copiedFiles(project: Project, service: Service): CopiedFile[] {
  return serviceFiles(project, service)
    .filter((item) => !isMounted(item))
    .map((item) => {
      const { reference, kind, target } = item;
      if (service.readOnly)
        throw problemAt(
          reference.place,
          `cannot create ${kind} ${JSON.stringify(reference.source)} in read-only service ${service.name}: a \`file\` without uid, gid and mode can be mounted there`,
        );
      return {
        target,
        content: contentOf(project, item),
        uid: idOf(reference, 'uid'),
        gid: idOf(reference, 'gid'),
        mode: reference.mode ?? 0o444,
      };
    });
}

function idOf(reference: FileReference, key: 'uid' | 'gid'): number {
  const text = reference[key] ?? '0';
  if (/^\d+$/.test(text)) return Number(text);
  throw problemAt(reference.place, `${key} must be a number, not ${JSON.stringify(text)}`);
}

function contentOf(project: Project, { file, kind }: ServiceFile): Buffer {
  if (file.file !== undefined) return readFile(file, file.file, kind);
  if (file.content !== undefined) return Buffer.from(file.content);
  if (file.environment === undefined)
    throw problemAt(file.place, `${kind} ${file.key} needs a \`file\`, \`content\` or \`environment\``);
  const value = file.variable ?? project.environment[file.environment];
  if (value === undefined)
    throw problemAt(
      file.place,
      `environment variable ${JSON.stringify(file.environment)} required by ${kind} ${JSON.stringify(file.key)} is not set`,
    );
  return Buffer.from(value);
}

function readFile(file: ProjectFile, path: string, kind: string): Buffer {
  try {
    if (statSync(path).isDirectory())
      throw problemAt(
        file.place,
        `${kind} ${file.key}: uid, gid and mode are for files; ${path} is a directory`,
      );
    return readFileSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EACCES')) throw error;
    throw problemAt(file.place, `${kind} ${file.key}: ${messageOf(error)}`);
  }
}

/** Tells whether containers have these files: changes with what is in them, and how they are to stand there. */
export function filesDigest(files: readonly CopiedFile[]): string | undefined {
  if (files.length === 0) return undefined;
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256'); // loaded by those who need it
  for (const { target, content, uid, gid, mode } of files)
    hash.update(JSON.stringify([target, uid, gid, mode, content.length])).update(content);
  return hash.digest('hex');
}
