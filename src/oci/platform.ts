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

export function hostPlatform(): Platform {
  return normalize({ os: 'linux', architecture: goArch[arch()] ?? arch() });
}

/** Parses `os[/arch[/variant]]` or a bare architecture. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part)))
    throw invalid(`invalid platform ${JSON.stringify(text)}: want os/arch[/variant]`);
  const [first = '', second, variant] = parts;
  if (second === undefined) {
    return first === 'linux' ? hostPlatform() : normalize({ os: 'linux', architecture: first });
  }
  return normalize({ os: first, architecture: second, ...(variant !== undefined && { variant }) });
}

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
