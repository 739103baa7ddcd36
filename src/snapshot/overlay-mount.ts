import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { mount } from '../kernel/mount.ts';
import { EngineError, invalid, messageOf } from '../lib/errors.ts';

const PAGE = 4096;
const O_PATH = 0o10000000;
/** Fixed whatever the kernel's defaults are: layers must be plain directories that can be archived and shared. */
const FIXED = 'index=off,metacopy=off,redirect_dir=nofollow';

/** Since Linux 5.10. */
const knowsVolatile = (() => {
  const [major = 0, minor = 0] = release().split('.').map(Number.parseFloat);
  return major > 5 || (major === 5 && minor >= 10);
})();

export interface OverlayStack {
  /** Directory that holds the lower directories by name. */
  readonly lowerRoot: string;
  /** Top first, at least one. */
  readonly lower: readonly string[];
  /** Directory that holds `upper` and `work`. */
  readonly base: string;
  readonly target: string;
  /** Nothing is synchronised to disk, where the kernel can do without. */
  readonly volatile: boolean;
}

/**
 * Mounts an overlay. mount(2) takes at most a page of options, and paths with `,` or `:` mean something else there; then the directories
 * are named through descriptors (`/proc/self/fd/5/…`), which is short whatever the data root is called: 150 layers fit.
 */
export function mountOverlay(stack: OverlayStack): void {
  const plain = optionsOf(stack, stack.lowerRoot, stack.base);
  forgetVolatile(stack.base);
  const isPlain = plain.length < PAGE && !/[:,\\]/.test(stack.lowerRoot + stack.base);
  try {
    if (isPlain) mount('overlay', stack.target, 'overlay', 0, plain);
    else mountThroughDescriptors(stack);
  } catch (error) {
    throw explain(error, stack);
  }
}

/** overlayfs marks what was volatile, and refuses to mount it again: data may be missing after a crash. Whoever asks for it knows. */
function forgetVolatile(base: string): void {
  const mark = join(base, 'work/work/incompat');
  if (existsSync(mark)) rmSync(mark, { recursive: true });
}

function mountThroughDescriptors(stack: OverlayStack): void {
  const fds: number[] = [];
  try {
    for (const path of [stack.lowerRoot, stack.base])
      fds.push(openSync(path, O_PATH | constants.O_DIRECTORY));
    const [lowerRoot = '', base = ''] = fds.map((fd) => `/proc/self/fd/${fd}`);
    const options = optionsOf(stack, lowerRoot, base);
    if (options.length >= PAGE) throw invalid(`too many layers: ${stack.lower.length}`);
    mount('overlay', stack.target, 'overlay', 0, options);
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

function optionsOf({ lower, volatile }: OverlayStack, lowerRoot: string, base: string): string {
  const lowerdir = lower.map((name) => join(lowerRoot, name)).join(':');
  return `lowerdir=${lowerdir},upperdir=${join(base, 'upper')},workdir=${join(base, 'work')},${FIXED}${volatile && knowsVolatile ? ',volatile' : ''}`;
}

function explain(error: unknown, { target, base }: OverlayStack): Error {
  if (error instanceof EngineError) return error;
  const isRefused = error instanceof Error && 'code' in error && error.code === 'EINVAL';
  const hint = isRefused ? ` (can the file system of ${base} hold overlays?)` : '';
  return new EngineError(
    'internal',
    `Cannot mount the file system at ${target}: ${messageOf(error)}${hint}`,
    { cause: error },
  );
}
