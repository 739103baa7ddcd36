import { bool, int, list, text, type Values } from '../flags.ts';

/** Flags of `create`, which `up` has, too. */
export const createFlags = {
  build: bool('Build images before starting containers'),
  'force-recreate': bool("Recreate containers even if their configuration and image haven't changed"),
  'no-build': bool("Don't build an image, even if it's policy"),
  'no-recreate': bool(
    "If containers already exist, don't recreate them. Incompatible with --force-recreate.",
  ),
  pull: text('Pull image before running ("always"|"missing"|"never"|"build")'),
  'quiet-pull': bool('Pull without printing progress information'),
  'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
  scale: list(
    'Scale SERVICE to NUM instances. Overrides the `scale` setting in the Compose file if present.',
    undefined,
    'scale',
  ),
  yes: { ...bool('Assume "yes" as answer to all prompts and run non-interactively', 'y'), formerly: 'y' },
} as const;

/** Flags of `up`. */
export const upFlags = {
  ...createFlags,
  'abort-on-container-exit': bool('Stops all containers if any container was stopped. Incompatible with -d'),
  'abort-on-container-failure': bool(
    'Stops all containers if any container exited with failure. Incompatible with -d',
  ),
  'always-recreate-deps': bool('Recreate dependent containers. Incompatible with --no-recreate.'),
  attach: list(
    'Restrict attaching to the specified services. Incompatible with --attach-dependencies.',
    undefined,
    'stringArray',
  ),
  'attach-dependencies': bool('Automatically attach to log output of dependent services'),
  detach: bool('Detached mode: Run containers in the background', 'd'),
  'exit-code-from': text(
    'Return the exit code of the selected service container. Implies --abort-on-container-exit',
  ),
  menu: bool(
    'Enable interactive shortcuts when running attached. Incompatible with --detach. Can also be enable/disable by setting COMPOSE_MENU environment var.',
  ),
  'no-attach': list('Do not attach (stream logs) to the specified services', undefined, 'stringArray'),
  'no-color': bool('Produce monochrome output'),
  'no-deps': bool("Don't start linked services"),
  'no-log-prefix': bool("Don't print prefix in logs"),
  'no-start': bool("Don't start the services after creating them"),
  'quiet-build': bool('Suppress the build output'),
  'renew-anon-volumes': bool(
    'Recreate anonymous volumes instead of retrieving data from the previous containers',
    'V',
  ),
  timeout: int(
    'Use this timeout in seconds for container shutdown when attached or when containers are already running',
    't',
  ),
  timestamps: bool('Show timestamps'),
  wait: bool('Wait for services to be running|healthy. Implies detached mode.'),
  'wait-timeout': int('Maximum duration in seconds to wait for the project to be running|healthy'),
  watch: bool('Watch source code and rebuild/refresh containers when files are updated.', 'w'),
} as const;

export type CreateFlags = Values<typeof createFlags>;
export type UpFlags = Values<typeof upFlags>;
