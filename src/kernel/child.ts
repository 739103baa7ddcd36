import { KernelError, libc } from './libc.ts';

const posixSpawn = libc.func(
  'int posix_spawn(_Out_ int *pid, const char *path, const uint8_t *actions, const uint8_t *attributes, const char **argv, const char **env)',
);
const initActions = libc.func('int posix_spawn_file_actions_init(_Inout_ uint8_t *actions)');
const addDuplicate = libc.func(
  'int posix_spawn_file_actions_adddup2(_Inout_ uint8_t *actions, int fd, int target)',
);
const addOpen = libc.func(
  'int posix_spawn_file_actions_addopen(_Inout_ uint8_t *actions, int fd, const char *path, int flags, uint mode)',
);
const addDirectory = libc.func(
  'int posix_spawn_file_actions_addchdir_np(_Inout_ uint8_t *actions, const char *path)',
);
const freeActions = libc.func('int posix_spawn_file_actions_destroy(_Inout_ uint8_t *actions)');
const initAttributes = libc.func('int posix_spawnattr_init(_Inout_ uint8_t *attributes)');
const setFlags = libc.func('int posix_spawnattr_setflags(_Inout_ uint8_t *attributes, short flags)');
const setDefaults = libc.func(
  'int posix_spawnattr_setsigdefault(_Inout_ uint8_t *attributes, const uint8_t *set)',
);
const waitpid = libc.func('int waitpid(int pid, _Out_ int *status, int options)');

/** More than either opaque structure has (80 and 336 bytes). */
const STRUCTURE_SIZE = 512;
const ALL_SIGNALS = Buffer.alloc(128, 0xff);
/** POSIX_SPAWN_SETSIGDEF, SETSIGMASK (an empty mask) and SETSID. */
const FLAGS = 0x04 | 0x08 | 0x80;
const O_RDWR = 2;
const WNOHANG = 1;

export interface ChildOptions {
  /** Without the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What the child has as its descriptors 0, 1, …: one of ours (above these numbers), or /dev/null where undefined. */
  readonly descriptors: readonly (number | undefined)[];
}

/** How a process ended: by itself with a code, or by a signal. */
export type ChildExit = { readonly code: number } | { readonly signal: number };

/**
 * A child process in a session of its own, with default signals. Node's own way copies the memory map of the engine for each child, which
 * takes 3 to 5 ms and as much again for the pages that are touched afterwards; this one takes 0.2 ms (posix_spawn(3)).
 * The main thread's alone, as only it is told of SIGCHLD.
 */
export class Child {
  readonly pid: number;
  readonly ended: Promise<ChildExit>;
  private readonly tell: (exit: ChildExit) => void;
  private hasEnded = false;

  private constructor(pid: number) {
    this.pid = pid;
    const { promise, resolve } = Promise.withResolvers<ChildExit>();
    this.ended = promise;
    this.tell = resolve;
  }

  /** Starts a program, given by its path. Throws KernelError when it can't be executed. */
  static spawn(program: string, options: ChildOptions): Child {
    watchChildren();
    const child = new Child(spawn(program, options));
    running.set(child.pid, child);
    hold(child);
    return child;
  }

  /** False when it has ended. */
  kill(signal: number): boolean {
    return !this.hasEnded && process.kill(this.pid, signal);
  }

  /** Our process may end before it. */
  unref(): void {
    release(this);
  }

  /** Learns whether it has ended. */
  reap(): void {
    const status: [number] = [0];
    if (waitpid(this.pid, status, WNOHANG) !== this.pid) return;
    this.hasEnded = true;
    running.delete(this.pid);
    release(this);
    const signal = status[0] & 0x7f;
    this.tell(signal === 0 ? { code: (status[0] >> 8) & 0xff } : { signal });
  }
}

function spawn(program: string, { args, env, cwd, descriptors }: ChildOptions): number {
  const actions = Buffer.alloc(STRUCTURE_SIZE);
  const attributes = Buffer.alloc(STRUCTURE_SIZE);
  initActions(actions);
  try {
    addDirectory(actions, cwd);
    descriptors.forEach((fd, target) => {
      if (fd === undefined) addOpen(actions, target, '/dev/null', O_RDWR, 0);
      else addDuplicate(actions, fd, target);
    });
    initAttributes(attributes);
    setFlags(attributes, FLAGS);
    setDefaults(attributes, ALL_SIGNALS);
    const variables = Object.entries(env).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    const pid: [number] = [0];
    const errno = posixSpawn(
      pid,
      program,
      actions,
      attributes,
      [program, ...args, null],
      [...variables, null],
    );
    if (errno !== 0) throw new KernelError(`execute ${program}`, errno);
    return pid[0];
  } finally {
    freeActions(actions);
  }
}

const running = new Map<number, Child>();
const held = new Set<Child>();
let isWatching = false;
let holder: NodeJS.Timeout | undefined;

function watchChildren(): void {
  if (isWatching) return;
  isWatching = true;
  process.on('SIGCHLD', () => {
    for (const child of running.values()) child.reap();
  });
}

/** A listener for signals does not keep Node from ending; this does. */
function hold(child: Child): void {
  held.add(child);
  holder ??= setInterval(() => {}, 2 ** 30);
}

function release(child: Child): void {
  held.delete(child);
  if (held.size > 0) return;
  clearInterval(holder);
  holder = undefined;
}
