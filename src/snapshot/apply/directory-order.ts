import type { ByteString } from '../../lib/byte-string.ts';
import type { TarEntry } from '../../lib/tar/entry.ts';
import { parentOf } from './virtual-root.ts';

/**
 * GNU tar gives a directory its time when a member comes that is not below it. (It could wait for the end of the archive, but looks through
 * all that wait again and again: a million directories take hours.) This finds the directories that get members after that.
 */
export class DirectoryOrder {
  /** Directories that tar has not done with, each below the one before. */
  private readonly open: ByteString[] = [];
  private readonly done = new Set<ByteString>();
  readonly disturbed = new Set<ByteString>();

  add({ name, type }: Pick<TarEntry, 'name' | 'type'>): void {
    for (let last = this.open.at(-1); last !== undefined && !isBelow(name, last); last = this.open.at(-1)) {
      this.done.add(last);
      this.open.pop();
    }
    const parent = parentOf(name);
    if (name !== '' && this.done.has(parent)) this.disturbed.add(parent);
    if (type !== 'directory') return;
    this.done.delete(name);
    this.open.push(name);
  }
}

const isBelow = (name: ByteString, directory: ByteString): boolean =>
  directory === '' || (name.startsWith(directory) && name[directory.length] === '/');
