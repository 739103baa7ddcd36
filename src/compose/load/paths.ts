import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { realpathSync } from '../../lib/fs.ts';

/** Says what a path in a Compose file is to the project. */
export type Locate = (path: string) => string;

/** Relative paths are below `folder`, `~` is the home; a folder of '' leaves them as they are. */
export const locateFrom =
  (folder: string): Locate =>
  (path) => {
    if (folder === '' || path === '') return path;
    const expanded = expandHome(path);
    return isAbsolute(expanded) || isWindowsPath(expanded)
      ? expanded
      : join(folder, expanded).replace(/(.)\/$/, '$1');
  };

const expandHome = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;

/** A drive or a share: absolute on another machine. */
const isWindowsPath = (path: string): boolean => /^([A-Za-z]:[\\/]|\\\\)/.test(path);

/** The target of symbolic links, where something is at a path; an empty one stays empty. */
export function followLinks(path: string): string {
  if (path === '') return path;
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
