import { dirname } from 'node:path';

/** The folder of the first file that has one: standard input is read where the command is. */
export function folderOf(files: readonly string[], cwd: string): string {
  const first = files.find((file) => file !== '-');
  return first === undefined ? cwd : dirname(first);
}
