/** Go's file modes, as the API sends them. */
const DIRECTORY = 0x80000000;
const SYMLINK = 0x8000000;

export const isDirectoryMode = (mode: number): boolean => (mode & DIRECTORY) !== 0;
export const isSymlinkMode = (mode: number): boolean => (mode & SYMLINK) !== 0;
