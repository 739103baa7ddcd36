import { bool, list, text, type Values } from '../flags.ts';

/** Flags of `run`. */
export const runFlags = {
  build: bool('Build image before starting container'),
  'cap-add': list('Add Linux capabilities'),
  'cap-drop': list('Drop Linux capabilities'),
  detach: bool('Run container in background and print container ID', 'd'),
  entrypoint: text('Override the entrypoint of the image'),
  env: list('Set environment variables', 'e', 'stringArray'),
  'env-from-file': list('Set environment variables from file', undefined, 'stringArray'),
  interactive: bool('Keep STDIN open even if not attached (default true)', 'i'),
  label: list('Add or override a label', 'l', 'stringArray'),
  name: text('Assign a name to the container'),
  'no-deps': bool("Don't start linked services"),
  'no-TTY': bool('Disable pseudo-TTY allocation (default: auto-detected)', 'T'),
  publish: list("Publish a container's port(s) to the host", 'p', 'stringArray'),
  pull: text('Pull image before running ("always"|"missing"|"never")'),
  quiet: bool("Don't print anything to STDOUT", 'q'),
  'quiet-build': bool('Suppress progress output from the build process'),
  'quiet-pull': bool('Pull without printing progress information'),
  'remove-orphans': bool('Remove containers for services not defined in the Compose file'),
  rm: bool('Automatically remove the container when it exits'),
  'service-ports': bool("Run command with all service's ports enabled and mapped to the host", 'P'),
  labels: { ...list('Add or override a label', undefined, 'stringArray'), hidden: true },
  tty: { ...bool('Allocate a pseudo-TTY (default true)', 't'), hidden: true },
  'use-aliases': bool("Use the service's network useAliases in the network(s) the container connects to"),
  user: text('Run as specified username or uid', 'u'),
  volume: list('Bind mount a volume', 'v', 'stringArray'),
  volumes: { ...list('Bind mount a volume', undefined, 'stringArray'), hidden: true },
  workdir: text('Working directory inside the container', 'w'),
} as const;

export type RunFlags = Values<typeof runFlags>;
