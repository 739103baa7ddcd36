import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../lib/errors.ts';

/**
 * The host's control groups. Version 2 is one tree; version 1 is a tree per controller, each below `root` (also the hybrid form,
 * where a version 2 tree without controllers stands beside them).
 */
export class CgroupHierarchy {
  readonly root: string;
  readonly version: 1 | 2;
  private readonly trees: readonly string[];

  constructor(root = '/sys/fs/cgroup') {
    this.root = root;
    this.version = existsSync(join(root, 'cgroup.controllers')) ? 2 : 1;
    this.trees = this.version === 2 ? [root] : treesBelow(root);
  }

  /** Whether the kernel has this version 1 controller, or (version 2) delegates it at the root. */
  has(controller: string): boolean {
    if (this.version === 1) return existsSync(join(this.root, controller));
    return readWords(join(this.root, 'cgroup.controllers')).includes(controller);
  }

  /** The directory of a group under a version 1 controller; the only one there is under version 2. */
  directory(path: string, controller: string): string {
    return this.version === 2 ? join(this.root, path) : join(this.root, controller, path);
  }

  /** The directories of a group in all trees, whether they exist or not. */
  directories(path: string): string[] {
    return this.trees.map((tree) => join(tree, path));
  }
}

function treesBelow(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, entry.name));
}

/** Content of a file of the cgroup file system; undefined when the group or the controller is not there. */
export function readGroupFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP')) return undefined;
    throw error;
  }
}

/** A single number, `max` being infinite; undefined when the file is not there. */
export function readGroupNumber(path: string): number | undefined {
  const text = readGroupFile(path)?.trim();
  if (text === undefined || text === '') return undefined;
  return text === 'max' ? Number.POSITIVE_INFINITY : Number(text);
}

/** Lines of `name value`; empty when the file is not there. */
export function readGroupTable(path: string): Record<string, number> {
  const table: Record<string, number> = {};
  for (const line of (readGroupFile(path) ?? '').split('\n')) {
    const [name, value] = line.split(' ');
    if (name && value !== undefined) table[name] = Number(value);
  }
  return table;
}

const readWords = (path: string): string[] => (readGroupFile(path) ?? '').trim().split(/\s+/);
