import { parseBytes } from '../../lib/bytes.ts';
import { invalid } from '../../lib/errors.ts';
import { parseSwap, parseUlimit } from '../container/limits.ts';
import { parseHostEntry } from '../container/networking.ts';
import { bool, checked, int, list, text, type Values } from '../flags.ts';
import { parseOutput } from './output.ts';
import { parseProgress } from './progress/choose-progress.ts';
import { parseAgent, parseNamed, parseSecret } from './client-flags.ts';

const bytes = (help: string, short?: string) => checked(text(help, short, 'bytes'), parseBytes);

/** Flags of buildx that scripts give; those that ask for something that only it does are refused by name. */
const onlyBuildx = {
  allow: { ...list('Allow extra privileged entitlement'), hidden: true },
  annotation: { ...list('Add annotation to the image'), hidden: true },
  attest: { ...list('Attestation parameters'), hidden: true },
  builder: { ...text('Override the configured builder instance'), hidden: true },
  'cache-to': { ...list('Cache export destinations'), hidden: true },
  provenance: { ...text('Shorthand for "--attest=type=provenance"'), bare: 'true', hidden: true },
  sbom: { ...text('Shorthand for "--attest=type=sbom"'), bare: 'true', hidden: true },
} as const;

/** The flags of `lade build`: those of `docker build`, and `--debug`. */
export const buildFlags = {
  ...onlyBuildx,
  'add-host': checked(list('Add a custom host-to-IP mapping ("host:ip")', undefined, 'list'), parseHostEntry),
  'build-arg': list('Set build-time variables'),
  'build-context': checked(
    list('Additional build contexts (e.g., name=path, name=docker-image://image)', undefined, 'stringArray'),
    parseNamed,
  ),
  'cache-from': list('Images to consider as cache sources', undefined, 'strings'),
  call: checked(text('Set method for evaluating build ("check", "build") (default "build")'), parseCall),
  check: bool('Shorthand for "--call=check"'),
  'cgroup-parent': text('Set the parent cgroup for the "RUN" instructions during build'),
  compress: bool('Compress the build context using gzip'),
  'cpu-period': int('Limit the CPU CFS (Completely Fair Scheduler) period'),
  'cpu-quota': int('Limit the CPU CFS (Completely Fair Scheduler) quota'),
  'cpu-shares': int('CPU shares (relative weight)', 'c'),
  'cpuset-cpus': text('CPUs in which to allow execution (0-3, 0,1)'),
  'cpuset-mems': text('MEMs in which to allow execution (0-3, 0,1)'),
  debug: bool('Open a shell in what a failed step left, when there is a terminal'),
  'disable-content-trust': bool('Skip image verification (default true)'),
  file: text('Name of the Dockerfile (default "PATH/Dockerfile")', 'f'),
  'force-rm': bool('Always remove intermediate containers'),
  iidfile: text('Write the image ID to the file'),
  isolation: text('Container isolation technology'),
  label: list('Set metadata for an image'),
  load: { ...bool('Images are always in the store'), hidden: true },
  memory: bytes('Memory limit', 'm'),
  'memory-swap': checked(
    text('Swap limit equal to memory plus swap: -1 to enable unlimited swap', undefined, 'bytes'),
    parseSwap,
  ),
  'metadata-file': text('Write build result metadata to a file'),
  network: text('Set the networking mode for the RUN instructions during build (default "default")'),
  'no-cache': bool('Do not use cache when building the image'),
  'no-cache-filter': list('Do not cache specified stages', undefined, 'stringArray'),
  output: checked(
    list('Output destination (format: "type=local,dest=path")', 'o', 'stringArray'),
    parseOutput,
  ),
  platform: text('Set platform if server is multi-platform capable'),
  progress: checked(
    text('Set type of progress output: auto, plain, tty, quiet, json (default "auto")'),
    parseProgress,
  ),
  pull: bool('Always attempt to pull a newer version of the image'),
  push: bool('Push the tags of the image when it is built'),
  quiet: bool('Suppress the build output and print image ID on success', 'q'),
  rm: bool('Remove intermediate containers after a successful build (default true)'),
  secret: checked(
    list(
      'Secret to expose to the build (format: "id=mysecret[,src=/local/secret]")',
      undefined,
      'stringArray',
    ),
    parseSecret,
  ),
  'security-opt': list('Security options', undefined, 'strings'),
  'shm-size': bytes('Size of "/dev/shm"'),
  squash: bool('Squash newly built layers into a single new layer'),
  ssh: checked(
    list(
      'SSH agent socket to expose to the build (format: "default|<id>[=<socket>]")',
      undefined,
      'stringArray',
    ),
    parseAgent,
  ),
  tag: list('Name and optionally a tag in the "name:tag" format', 't'),
  target: text('Set the target build stage to build'),
  ulimit: checked(list('Ulimit options', undefined, 'ulimit'), parseUlimit),
} as const;

export type BuildFlags = Values<typeof buildFlags>;

function parseCall(value: string): string {
  if (value !== 'build' && value !== 'check') throw invalid('want build or check');
  return value;
}
