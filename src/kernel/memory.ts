import { libc } from './libc.ts';

const mallocTrim = libc.func('int malloc_trim(size_t pad)');

/** Gives memory that the C library has free, but keeps, back to the system: after a thread ended that worked with much. */
export function releaseFreeMemory(): void {
  mallocTrim(0);
}
