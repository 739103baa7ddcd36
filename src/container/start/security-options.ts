import { invalid } from '../../lib/errors.ts';
import type { BundleSpec } from '../../runtime/types.ts';

/** `--security-opt` by subject. */
export interface SecurityOptions {
  readonly noNewPrivileges: boolean;
  readonly seccomp: BundleSpec['seccomp'];
  /** Undefined = the default. */
  readonly apparmorProfile?: string;
  /** Nothing is masked or read-only. */
  readonly unconfinedPaths: boolean;
  /** Undefined = only when privileged. */
  readonly writableCgroups?: boolean;
}

/** Parses security options; throws `invalid` with Docker's texts. SELinux labels are taken and have no effect, as where it is off. */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  let result: SecurityOptions = { noNewPrivileges: false, seccomp: 'default', unconfinedPaths: false };
  for (const option of options) result = { ...result, ...parseOption(option) };
  return result;
}

function parseOption(option: string): Partial<SecurityOptions> {
  if (option === 'no-new-privileges') return { noNewPrivileges: true };
  if (option === 'disable') return {};
  if (option === 'writable-cgroups') return { writableCgroups: true };
  const match = /^([a-z-]+)[=:]([^]*)$/.exec(option);
  if (!match) throw invalid(`invalid --security-opt 1: ${JSON.stringify(option)}`);
  const [, key = '', value = ''] = match;
  switch (key) {
    case 'label':
      return {};
    case 'apparmor':
      return { apparmorProfile: value };
    case 'seccomp':
      return { seccomp: parseSeccomp(value) };
    case 'no-new-privileges':
      return { noNewPrivileges: parseBoolean(option, value) };
    case 'writable-cgroups':
      return { writableCgroups: parseBoolean(option, value) };
    case 'systempaths':
      if (value === 'unconfined') return { unconfinedPaths: true };
      break;
  }
  throw invalid(`invalid --security-opt 2: ${JSON.stringify(option)}`);
}

function parseSeccomp(value: string): BundleSpec['seccomp'] {
  if (value === 'unconfined') return 'unconfined';
  return value === 'builtin' || value === '' ? 'default' : { profile: value };
}

function parseBoolean(option: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw invalid(`invalid --security-opt 2: ${JSON.stringify(option)}`);
}
