import { bool, int, list, text, type Values } from '../flags.ts';

/** Flags of `up`. */
export const upFlags = {
  'abort-on-container-exit': bool('Stops all containers if any container was stopped. Incompatible with -d'),
  'abort-on-container-failure': bool(
    'Stops all containers if any container exited with failure. Incompatible with -d',
  ),
  'always-recreate-deps': bool('Recreate dependent containers. Incompatible with --no-recreate.'),
  attach: list('Restrict attaching to the specified services', undefined, 'stringArray'),
  'attach-dependencies': bool('Automatically attach to log output of dependent services'),
  build: bool('Build images before starting containers'),
  detach: bool('Detached mode: Run containers in the background', 'd'),
  'exit-code-from': text(
    'Return the exit code of the selected service container. Implies --abort-on-container-exit',
  ),
  'force-recreate': bool("Recreate containers even if their configuration and image haven't changed"),
  'no-attach': list('Do not attach (stream logs) to the specified services', undefined, 'stringArray'),
  'no-build': bool("Don't build an image, even if it's policy"),
  'no-color': bool('Produce monochrome output'),
  'no-deps': bool("Don't start linked services"),
  'no-log-prefix': bool("Don't print prefix in logs"),
  'no-recreate': bool(
    "If containers already exist, don't recreate them. Incompatible with --force-recreate.",
  ),
  'no-start': bool("Don't start the services after creating them"),
  pull: text('Pull image before running ("always"|"missing"|"never")'),
  'quiet-build': bool('Suppress the build output'),
  'quiet-pull': bool('Pull without printing progress information'),
  'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
  'renew-anon-volumes': bool(
    'Recreate anonymous volumes instead of retrieving data from the previous containers',
    'V',
  ),
  scale: list(
    'Scale SERVICE to NUM instances. Overrides the scale setting in the Compose file if present.',
    undefined,
    'scale',
  ),
  timeout: int(
    'Use this timeout in seconds for container shutdown when attached or when containers are already running',
    't',
  ),
  wait: bool('Wait for services to be running|healthy. Implies detached mode.'),
  yes: { ...bool('Assume "yes" as answer to all prompts', 'y'), hidden: true },
} as const;

export type UpFlags = Values<typeof upFlags>;
