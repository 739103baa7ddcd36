import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from '../../lib/fs.ts';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Mount } from '../../wire/container.ts';
import { problemAt } from '../load/compose-error.ts';
import type { FileReference, Project, ProjectFile, Service } from '../model/types.ts';

/** Read-only mounts of a service's configs and secrets. */
export function fileMounts(project: Project, service: Service): Mount[] {
  const mount = (
    references: readonly FileReference[],
    files: ReadonlyMap<string, ProjectFile>,
    folder: string,
  ): Mount[] =>
    references.map((reference) => {
      const file = files.get(reference.source) as ProjectFile;
      const target = reference.target ?? join(folder, reference.source);
      return {
        Type: 'bind',
        Source: pathOf(project, file),
        Target: isAbsolute(target) ? target : join(folder, target),
        ReadOnly: true,
      };
    });
  return [
    ...mount(service.configs, project.configs, '/'),
    ...mount(service.secrets, project.secrets, '/run/secrets'),
  ];
}

function pathOf(project: Project, file: ProjectFile): string {
  if (file.external) throw problemAt(file.place, `external ${file.key} is not supported outside a swarm`);
  if (file.file !== undefined) return file.file;
  const content =
    file.content ?? (file.environment === undefined ? undefined : project.environment[file.environment]);
  if (content === undefined)
    throw problemAt(
      file.place,
      `${file.key} needs 'file', 'content' or an 'environment' variable that is set`,
    );
  return contentFile(content);
}

/** Content that stands in the Compose file or the environment, as a file named after itself, readable by its owner's containers only. */
function contentFile(content: string): string {
  const folder = join(tmpdir(), `lading-compose-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const path = join(folder, createHash('sha256').update(content).digest('hex'));
  writeFileSync(path, content, { mode: 0o444 });
  chmodSync(path, 0o444);
  return path;
}
