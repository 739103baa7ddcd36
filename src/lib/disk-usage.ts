import { statSync } from 'node:fs';
import { exec } from './exec.ts';

const AT_ONCE = 500;

/**
 * Bytes that the file system needs for what is below each of these directories: whole blocks, holes for nothing, each file once
 * however many names it has. It is what du(1) tells, without the directory itself; what is not there needs nothing.
 */
export async function diskUsage(
  directories: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<number[]> {
  const sizes = new Map<string, number>();
  for (let at = 0; at < directories.length; at += AT_ONCE) {
    const input = directories
      .slice(at, at + AT_ONCE)
      .filter(Boolean)
      .map((path) => `${path}\0`)
      .join('');
    const args = ['-0', '-x', '--max-depth=0', '--block-size=1', '--files0-from=-'];
    const flags = { input, okStatus: [0, 1], ...options }; // 1: something went away meanwhile
    for (const [, bytes, path] of (await exec('du', args, flags)).stdout.matchAll(/(\d+)\t([^\0]*)\0/g))
      sizes.set(path ?? '', Number(bytes));
  }
  return directories.map((path) => Math.max(0, (sizes.get(path) ?? 0) - ownBlocks(path)));
}

const ownBlocks = (path: string): number => (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
