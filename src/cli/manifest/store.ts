import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../lib/atomic-file.ts';
import { hasCode, messageOf } from '../../lib/errors.ts';
import { mkdirSync, readFileSync } from '../../lib/fs.ts';
import type { Reference } from '../../oci/reference.ts';
import { configDirectory } from '../config-directory.ts';
import { ExitError } from '../exit-code.ts';
import type { ImageManifest } from './image-manifest.ts';
import { fullName } from './names.ts';

/** Nothing is kept under these names. */
export class NoSuchManifest extends ExitError {
  constructor(reference: Reference) {
    super(1, `No such manifest: ${fullName(reference)}`);
    this.name = 'NoSuchManifest';
  }
}

/**
 * Docker's store of manifest lists that are being put together, which both command lines share:
 * `<config>/manifests/<name of the list>/<name of an image>`, with `-` for `:` and `_` for `/`.
 */
export class ManifestStore {
  private readonly directory: string;

  constructor(env: NodeJS.ProcessEnv) {
    this.directory = join(configDirectory(env), 'manifests');
  }

  has(list: Reference): boolean {
    return this.names(list) !== undefined;
  }

  /** The images of a list in the order of their files' names. Throws NoSuchManifest. */
  list(list: Reference): ImageManifest[] {
    const names = this.names(list);
    if (!names) throw new NoSuchManifest(list);
    return names.map((name) => readManifest(join(this.pathOf(list), name)));
  }

  /** Throws NoSuchManifest. */
  get(list: Reference, image: Reference): ImageManifest {
    try {
      return readManifest(join(this.pathOf(list), fileName(image)));
    } catch (error) {
      if (hasCode(error, 'ENOENT')) throw new NoSuchManifest(image);
      throw error;
    }
  }

  /** Written beside the lists first: every file of a list counts. */
  save(list: Reference, image: Reference, manifest: ImageManifest): void {
    mkdirSync(this.pathOf(list), { recursive: true });
    const written = join(this.directory, `.${process.pid}-${fileName(image)}`);
    writeFileAtomic(written, JSON.stringify(manifest), 0o644);
    renameSync(written, join(this.pathOf(list), fileName(image)));
  }

  remove(list: Reference): void {
    rmSync(this.pathOf(list), { recursive: true, force: true });
  }

  private names(list: Reference): string[] | undefined {
    try {
      return readdirSync(this.pathOf(list)).toSorted();
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  private pathOf(list: Reference): string {
    return join(this.directory, fileName(list));
  }
}

const fileName = (reference: Reference): string =>
  fullName(reference).replaceAll(':', '-').replaceAll('/', '_');

function readManifest(path: string): ImageManifest {
  const text = readFileSync(path, 'utf8');
  try {
    const manifest = JSON.parse(text) as ImageManifest;
    if (typeof manifest.Ref === 'string' && typeof manifest.Descriptor.digest === 'string') return manifest;
    throw new Error('it has no Ref or no Descriptor');
  } catch (error) {
    throw new ExitError(1, `invalid manifest file ${path}: ${messageOf(error)}`);
  }
}
