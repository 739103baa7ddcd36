import { check, libc } from './libc.ts';

const mallocTrim = libc.func('int malloc_trim(size_t pad)');
const madvise = libc.func('int madvise(uintptr_t address, size_t length, int advice)');

const MADV_DONTNEED = 4;

/** Gives memory that the C library has free, but keeps, back to the system: after a thread ended that worked with much. */
export function releaseFreeMemory(): void {
  mallocTrim(0);
}

/**
 * Takes pages of a mapping out of this process's memory (madvise(2), MADV_DONTNEED). Only for private mappings of files that were
 * never written to: what is touched again is read from the file.
 */
export function dropPages(start: bigint, end: bigint): void {
  check(madvise(start, end - start, MADV_DONTNEED), 'madvise');
}
