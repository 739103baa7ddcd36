import { readdirSync, readFileSync } from 'node:fs';
import { EngineError, hasCode } from '../../lib/errors.ts';
import type { ExecOp } from '../plan/types.ts';
import type { OperationEvent } from '../solve/types.ts';
import { formatPlatform, hostPlatform, parsePlatform, type Platform } from '../../oci/platform.ts';

/** Where the kernel tells which programs it hands to an interpreter (Linux, admin-guide/binfmt-misc). */
const REGISTERED = '/proc/sys/fs/binfmt_misc';

/** The names under which QEMU is registered for a platform. */
const emulators: Readonly<Record<string, string>> = {
  'qemu-aarch64': 'linux/arm64',
  'qemu-arm': 'linux/arm/v7',
  'qemu-x86_64': 'linux/amd64',
  'qemu-i386': 'linux/386',
  'qemu-riscv64': 'linux/riscv64',
  'qemu-ppc64le': 'linux/ppc64le',
  'qemu-s390x': 'linux/s390x',
  'qemu-loongarch64': 'linux/loong64',
  'qemu-mips64el': 'linux/mips64le',
  'qemu-mips64': 'linux/mips64',
};

/** Processors that run programs of others by themselves. */
const native: Readonly<Record<string, readonly string[]>> = {
  amd64: ['386'],
  arm64: ['arm'],
};

/** Platforms whose programs this host runs by an emulator. */
export function emulatedPlatforms(): Platform[] {
  return registeredNames()
    .filter((name) => name in emulators && isEnabled(name))
    .map((name) => parsePlatform(emulators[name] as string))
    .filter(({ architecture }) => architecture !== hostPlatform().architecture);
}

/** Whether programs of a platform run here without more ado. */
function runsHere({ architecture }: Platform): boolean {
  const host = hostPlatform().architecture;
  return architecture === host || (native[host] ?? []).includes(architecture);
}

/** What to tell of a program that the kernel did not know how to run. */
function noEmulator(platform: Platform, command: string): EngineError {
  const name = formatPlatform(platform);
  return new EngineError(
    'invalid',
    `process "${command}" can't run: exec format error: this host (${formatPlatform(hostPlatform())}) runs no programs for ${name}. ` +
      `Install an emulator for them and build again: "apt-get install qemu-user-static binfmt-support", or ` +
      `"docker run --privileged --rm tonistiigi/binfmt --install ${platform.architecture}"`,
  );
}

function registeredNames(): string[] {
  try {
    return readdirSync(REGISTERED).sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'ENOTDIR')) return [];
    throw error;
  }
}

function isEnabled(name: string): boolean {
  try {
    return readFileSync(`${REGISTERED}/${name}`, 'utf8').startsWith('enabled');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES')) return false; // unregistered meanwhile
    throw error;
  }
}

/** Watches what a program prints for the kernel's refusal to run it; `refusal` is the error to tell then. */
export class FormatWatch {
  private refused = false;
  private readonly op: Pick<ExecOp, 'platform' | 'command'>;

  constructor(op: Pick<ExecOp, 'platform' | 'command'>) {
    this.op = op;
  }

  look(event: OperationEvent): void {
    if (event.type === 'output' && event.data.includes('exec format error')) this.refused = true;
  }

  get refusal(): EngineError | undefined {
    const { platform, command } = this.op;
    return this.refused && platform && !runsHere(platform) ? noEmulator(platform, command) : undefined;
  }
}
