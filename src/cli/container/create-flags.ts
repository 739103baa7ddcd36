import { parseBytes } from '../../lib/bytes.ts';
import { invalid } from '../../lib/errors.ts';
import { bool, checked, int, list, text, type Values } from '../flags.ts';
import { deviceFlags } from './devices.ts';
import { healthFlags } from './health-config.ts';
import { checkEnv, checkLabel, checkSysctl } from '../key-values.ts';
import { limitFlags, parseUlimit } from './limits.ts';
import { parseMount } from './mounts.ts';
import { networkFlags } from './networking.ts';

const windowsOnly = (help: string, word: string) => text(`${help} (Windows only)`, undefined, word);

/** Flags of `create` and `run`: what makes a container. */
export const createFlags = {
  ...deviceFlags,
  ...healthFlags,
  ...limitFlags,
  ...networkFlags,
  annotation: list(
    'Add an annotation to the container (passed through to the OCI runtime)',
    undefined,
    'map',
  ),
  attach: checked(list('Attach to STDIN, STDOUT or STDERR', 'a'), checkStream),
  'cap-add': list('Add Linux capabilities'),
  'cap-drop': list('Drop Linux capabilities'),
  'cgroup-parent': text('Optional parent cgroup for the container'),
  cgroupns: text('Cgroup namespace to use (host|private)'),
  cidfile: text('Write the container ID to the file'),
  'cpu-count': windowsOnly('CPU count', 'int'),
  'cpu-percent': windowsOnly('CPU percent', 'int'),
  'disable-content-trust': bool('Skip image verification (default true)'),
  domainname: text('Container NIS domain name'),
  entrypoint: text('Overwrite the default ENTRYPOINT of the image'),
  env: checked(list('Set environment variables', 'e'), checkEnv),
  'env-file': list('Read in a file of environment variables'),
  expose: list('Expose a port or a range of ports'),
  'group-add': list('Add additional groups to join'),
  hostname: text('Container host name', 'h'),
  init: bool('Run an init inside the container that forwards signals and reaps processes'),
  interactive: bool('Keep STDIN open even if not attached', 'i'),
  'io-maxbandwidth': windowsOnly('Maximum IO bandwidth limit for the system drive', 'bytes'),
  'io-maxiops': windowsOnly('Maximum IOps limit for the system drive', 'uint'),
  ipc: text('IPC mode to use'),
  isolation: text('Container isolation technology'),
  'kernel-memory': checked(text('Kernel memory limit', undefined, 'bytes'), parseBytes),
  label: checked(list('Set meta data on a container', 'l'), checkLabel),
  'label-file': list('Read in a line delimited file of labels'),
  'log-driver': text('Logging driver for the container'),
  'log-opt': list('Log driver options'),
  'memory-swappiness': int('Tune container memory swappiness (0 to 100) (default -1)'),
  mount: checked(list('Attach a filesystem mount to the container', undefined, 'mount'), (spec) =>
    parseMount(spec, '/'),
  ),
  name: text('Assign a name to the container'),
  'oom-kill-disable': bool('Disable OOM Killer'),
  'oom-score-adj': int("Tune host's OOM preferences (-1000 to 1000)"),
  pid: text('PID namespace to use'),
  platform: text('Set platform if server is multi-platform capable'),
  privileged: bool('Give extended privileges to this container'),
  publish: list("Publish a container's port(s) to the host", 'p'),
  'publish-all': bool('Publish all exposed ports to random ports', 'P'),
  pull: text('Pull image before creating ("always", "missing", "never") (default "missing")'),
  quiet: bool('Suppress the pull output', 'q'),
  'read-only': bool("Mount the container's root filesystem as read only"),
  restart: text('Restart policy to apply when a container exits (default "no")'),
  rm: bool('Automatically remove the container and its associated anonymous volumes when it exits'),
  runtime: text('Runtime to use for this container'),
  'security-opt': list('Security Options'),
  'shm-size': checked(text('Size of /dev/shm', undefined, 'bytes'), parseBytes),
  'stop-signal': text('Signal to stop the container'),
  'stop-timeout': int('Timeout (in seconds) to stop a container'),
  'storage-opt': list('Storage driver options for the container'),
  sysctl: checked(list('Sysctl options', undefined, 'map'), checkSysctl),
  tmpfs: list('Mount a tmpfs directory'),
  tty: bool('Allocate a pseudo-TTY', 't'),
  ulimit: checked(list('Ulimit options', undefined, 'ulimit'), parseUlimit),
  'use-api-socket': bool("Bind mount the engine's API socket and the logins of its registries"),
  user: text('Username or UID (format: <name|uid>[:<group|gid>])', 'u'),
  userns: text('User namespace to use'),
  uts: text('UTS namespace to use'),
  volume: list('Bind mount a volume', 'v'),
  'volume-driver': text('Optional volume driver for the container'),
  'volumes-from': list('Mount volumes from the specified container(s)'),
  workdir: text('Working directory inside the container', 'w'),
} as const;

export type CreateValues = Values<typeof createFlags>;

/** Checks a value of `-a`. */
function checkStream(name: string): void {
  if (!/^std(in|out|err)$/i.test(name)) throw invalid('valid streams are STDIN, STDOUT and STDERR');
}
