import { parseBytes } from '../../lib/bytes.ts';
import { parseSwap, parseUlimit } from '../container/limits.ts';
import { parseHostEntry } from '../container/networking.ts';
import { bool, checked, int, list, text, type Values } from '../flags.ts';
import { parseCall } from './answers.ts';
import { parseProgress } from './progress/choose-progress.ts';
import { parseAgent } from '../../client/build/agents.ts';
import { parseNamed, parseSecret } from './client-flags.ts';

const bytes = (help: string, short?: string) => checked(text(help, short, 'bytes'), parseBytes);

/** The flags of `lade build`: those of `docker build`, and `--debug`. */
export const buildFlags = {
  'add-host': checked(list('Add a custom host-to-IP mapping ("host:ip")', undefined, 'list'), parseHostEntry),
  allow: list(
    'Allow extra privileged entitlement (e.g., "network.host", "security.insecure")',
    undefined,
    'stringArray',
  ),
  annotation: list('Add annotation to the image', undefined, 'stringArray'),
  attest: list('Attestation parameters (format: "type=sbom,generator=image")', undefined, 'stringArray'),
  'build-arg': list('Set build-time variables'),
  'build-context': checked(
    list(
      'Additional build contexts (e.g., name=path, name=docker-image://image, name=oci-layout://dir)',
      undefined,
      'stringArray',
    ),
    parseNamed,
  ),
  builder: { ...text('Override the configured builder instance'), hidden: true },
  'cache-from': list(
    'External cache sources (e.g., "user/app:cache", "type=local,src=path/to/dir")',
    undefined,
    'stringArray',
  ),
  'cache-to': list(
    'Cache export destinations (e.g., "user/app:cache", "type=local,dest=path/to/dir")',
    undefined,
    'stringArray',
  ),
  call: checked(
    text('Set method for evaluating build ("check", "outline", "targets") (default "build")'),
    parseCall,
  ),
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
  load: bool('Shorthand for "--output=type=docker"'),
  memory: bytes('Memory limit', 'm'),
  'memory-swap': checked(
    text('Swap limit equal to memory plus swap: -1 to enable unlimited swap', undefined, 'bytes'),
    parseSwap,
  ),
  'metadata-file': text('Write build result metadata to a file'),
  network: text('Set the networking mode for the RUN instructions during build (default "default")'),
  'no-cache': bool('Do not use cache when building the image'),
  'no-cache-filter': list('Do not cache specified stages', undefined, 'stringArray'),
  output: list('Output destination (format: "type=local,dest=path")', 'o', 'stringArray'),
  platform: list('Set target platform for build', undefined, 'stringArray'),
  progress: checked(
    text('Set type of progress output: auto, plain, tty, quiet, json (default "auto")'),
    parseProgress,
  ),
  provenance: text('Shorthand for "--attest=type=provenance"'),
  pull: bool('Always attempt to pull a newer version of the image'),
  push: bool('Shorthand for "--output=type=registry"'),
  quiet: bool('Suppress the build output and print image ID on success', 'q'),
  rm: bool('Remove intermediate containers after a successful build (default true)'),
  sbom: text('Shorthand for "--attest=type=sbom"'),
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
      'SSH agent socket or keys to expose to the build (format: "default|<id>[=<socket>|<key>[,<key>]]")',
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
