import { arch } from 'node:os';
import { invalid } from '../lib/errors.ts';

/** OCI image spec, image-index.md: `platform`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
}

const goArch: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  arm64: 'arm64',
  arm: 'arm',
  ppc64: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
};
const aliases: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  x86: '386',
  i386: '386',
  aarch64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
};

const architectures = new Set([...Object.values(goArch), 'loong64', 'mips64', 'mips64le', 'ppc64']);
const systems = new Set([
  'aix', 'android', 'darwin', 'dragonfly', 'freebsd', 'hurd', 'illumos', 'ios', 'js', 'linux', 'nacl', 'netbsd', 'openbsd', 'plan9',
  'solaris', 'windows', 'zos',
]); // prettier-ignore
const componentPattern = /^[A-Za-z0-9_.-]+$/;
const systemPattern = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$/;

export function hostPlatform(): Platform {
  return normalize({ os: 'linux', architecture: goArch[arch()] ?? arch() });
}

/** Parses `os[/arch[/variant]]` or an architecture alone. */
export function parsePlatform(text: string): Platform {
  const parts = text.split('/');
  checkParts(text, parts);
  const [first = '', second, variant] = parts.map((part) => part.toLowerCase());
  if (second === undefined) {
    const os = first === 'macos' ? 'darwin' : first;
    if (systems.has(os)) return { ...hostPlatform(), os };
    if (!architectures.has(aliases[first] ?? first))
      throw malformed(`${JSON.stringify(text)}: unknown operating system or architecture`);
    return normalize({ os: 'linux', architecture: first });
  }
  return normalize({ os: first, architecture: second, ...(variant !== undefined && { variant }) });
}

function checkParts(text: string, parts: readonly string[]): void {
  if (text.includes('*')) throw malformed(`${JSON.stringify(text)}: wildcards not yet supported`);
  const [system = ''] = parts;
  if (!systemPattern.test(system))
    throw malformed(
      `${JSON.stringify(system)} is an invalid OS component of ${JSON.stringify(text)}: OSAndVersion specifier component must match ${JSON.stringify(systemPattern.source)}`,
    );
  const bad = parts.slice(1).find((part) => !componentPattern.test(part));
  if (bad !== undefined)
    throw malformed(
      `${JSON.stringify(bad)} is an invalid component of ${JSON.stringify(text)}: platform specifier component must match "${componentPattern.source}"`,
    );
  if (parts.length > 3) throw malformed(`${JSON.stringify(text)}: cannot parse platform specifier`);
}

const malformed = (message: string): Error => invalid(`${message}: invalid argument`);

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}

/** Whether an image for `have` runs where `want` is asked for. arm64 means arm64/v8. */
export function platformMatches(have: Platform, want: Platform): boolean {
  const left = normalize(have);
  const right = normalize(want);
  return (
    left.os === right.os &&
    left.architecture === right.architecture &&
    (left.variant ?? '') === (right.variant ?? '')
  );
}

function normalize(platform: Platform): Platform {
  const { variant, ...rest } = platform;
  const architecture = aliases[platform.architecture] ?? platform.architecture;
  const kept =
    architecture === 'arm64' && variant === 'v8'
      ? undefined
      : architecture === 'arm'
        ? (variant ?? 'v7')
        : variant;
  return { ...rest, architecture, ...(kept !== undefined && { variant: kept }) };
}
