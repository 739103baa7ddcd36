import { hasCode, invalid } from '../../../lib/errors.ts';
import type { SourceTree } from './source-tree.ts';

/**
 * Reads a tree that others may change meanwhile: what was seen and is no more ends the build with its name (EngineError `invalid`).
 * Trees of images are nobody else's; their errors stay as they are.
 */
export function whileItChanges<T>(tree: SourceTree, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!tree.isContext || !hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP')) throw error;
    const path = pathOf(error, tree.root);
    throw invalid(
      `${path === undefined ? 'a file of the build context' : JSON.stringify(path)} was removed or replaced while it was read: build again when nothing changes the directory`,
      error,
    );
  }
}

function pathOf(error: unknown, root: string): string | undefined {
  const { path, message } = error as Error & { path?: string };
  const full = path ?? /^\w+ (.*): \w+$/s.exec(message)?.[1] ?? '';
  return full.startsWith(`${root}/`) ? full.slice(root.length + 1) : undefined;
}
