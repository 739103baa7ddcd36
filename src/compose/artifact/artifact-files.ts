import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { invalid } from '../../lib/errors.ts';
import type { Project } from '../model/types.ts';

/** A file of a published project. */
export interface ArtifactFile {
  readonly kind: 'compose' | 'env';
  readonly name: string;
  readonly content: Buffer;
  /** It is there to be extended only. */
  readonly extended: boolean;
}

/**
 * The files of a project with all that they refer to: env files and files that are extended get names that are the digests of their
 * paths, so that nothing tells of this machine.
 */
export function artifactFiles(project: Project): ArtifactFile[] {
  const references = new References();
  const own = project.files.map((file) => {
    if (file === '-') throw invalid('a project that is read from standard input can not be published');
    const content = references.rewrite(file, project.workingDir);
    return { kind: 'compose', name: basename(file), content, extended: false } as const;
  });
  return [...own, ...references.extendedFiles(), ...references.envFiles()];
}

/** What files refer to, under new names. */
class References {
  private readonly env = new Map<string, string>();
  private readonly extended = new Map<string, string>();

  rewrite(file: string, baseDir: string): Buffer {
    const text = readFileSync(file);
    const document = parseDocument(text.toString());
    if (document.has('include')) throw invalid('cannot publish compose file with local includes');
    const services = document.get('services');
    if (!isMap(services)) return text;
    let changed = false;
    for (const { key } of services.items) {
      const path = ['services', isScalar(key) ? key.value : key];
      for (const place of placesOfEnvFiles(document, path))
        changed = this.rename(document, place, baseDir, this.env, '.env') || changed;
      changed =
        this.rename(document, [...path, 'extends', 'file'], baseDir, this.extended, '.yaml') || changed;
    }
    return changed ? Buffer.from(document.toString({ lineWidth: 0 })) : text;
  }

  *extendedFiles(): Generator<ArtifactFile> {
    // those that they extend themselves are found meanwhile
    for (const [path, name] of this.extended)
      yield { kind: 'compose', name, content: this.rewrite(path, dirname(path)), extended: true };
  }

  *envFiles(): Generator<ArtifactFile> {
    for (const [path, name] of this.env)
      if (existsSync(path)) yield { kind: 'env', name, content: readFileSync(path), extended: false };
  }

  /** Whether there was something to rename; what is no file here is a remote one. */
  private rename(
    document: Document,
    place: readonly unknown[],
    baseDir: string,
    known: Map<string, string>,
    suffix: string,
  ): boolean {
    const value = document.getIn(place);
    if (typeof value !== 'string') return false;
    const path = resolve(baseDir, value);
    if (known === this.extended && !existsSync(path)) return false;
    const name = `${createHash('sha256').update(path).digest('hex')}${suffix}`;
    known.set(path, name);
    document.setIn(place, name);
    return true;
  }
}

/** `env_file` is a path, or a list of paths and mappings with `path`. */
function placesOfEnvFiles(document: Document, service: readonly unknown[]): unknown[][] {
  const place = [...service, 'env_file'];
  const value = document.getIn(place);
  if (!isSeq(value)) return [place];
  return value.items.map((item, index) => [...place, index, ...(isMap(item) ? ['path'] : [])]);
}
