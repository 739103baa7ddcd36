import type { SeccompRule, SpecSeccomp } from '../../oci/runtime-spec.ts';
import type { ProfileFilter, ProfileRule, ProfileTarget, SeccompProfile } from './types.ts';

const nativeArchitecture: Readonly<Record<string, string>> = {
  amd64: 'SCMP_ARCH_X86_64',
  '386': 'SCMP_ARCH_X86',
  arm64: 'SCMP_ARCH_AARCH64',
  arm: 'SCMP_ARCH_ARM',
  s390x: 'SCMP_ARCH_S390X',
  ppc64le: 'SCMP_ARCH_PPC64LE',
  riscv64: 'SCMP_ARCH_RISCV64',
  loong64: 'SCMP_ARCH_LOONGARCH64',
};

/** Picks the rules of a profile that apply to a container, and writes them as the OCI runtime wants them. */
export function resolveProfile(profile: SeccompProfile, target: ProfileTarget): SpecSeccomp {
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet != null && { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: architecturesOf(profile, target.architecture),
    ...(profile.flags && { flags: profile.flags }),
    ...(profile.listenerPath && { listenerPath: profile.listenerPath }),
    ...(profile.listenerMetadata && { listenerMetadata: profile.listenerMetadata }),
    syscalls: (profile.syscalls ?? []).filter((rule) => applies(rule, target)).map(toSpecRule),
  };
}

function architecturesOf(profile: SeccompProfile, architecture: string): readonly string[] {
  if (profile.architectures?.length) return profile.architectures;
  const native = nativeArchitecture[architecture];
  const entry = profile.archMap?.find((candidate) => candidate.architecture === native);
  return entry ? [entry.architecture, ...(entry.subArchitectures ?? [])] : [];
}

function applies(rule: ProfileRule, target: ProfileTarget): boolean {
  return !isExcluded(rule.excludes, target) && isIncluded(rule.includes, target);
}

function isExcluded(filter: ProfileFilter | null | undefined, target: ProfileTarget): boolean {
  if (!filter) return false;
  if (filter.arches?.includes(target.architecture)) return true;
  if (filter.caps?.some((capability) => target.capabilities.includes(capability))) return true;
  return filter.minKernel !== undefined && kernelIsAtLeast(target.kernel, filter.minKernel);
}

function isIncluded(filter: ProfileFilter | null | undefined, target: ProfileTarget): boolean {
  if (!filter) return true;
  if (filter.arches?.length && !filter.arches.includes(target.architecture)) return false;
  if (filter.caps?.some((capability) => !target.capabilities.includes(capability))) return false;
  return filter.minKernel === undefined || kernelIsAtLeast(target.kernel, filter.minKernel);
}

function kernelIsAtLeast([major, minor]: readonly [number, number], wanted: string): boolean {
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function toSpecRule(rule: ProfileRule): SeccompRule {
  return {
    names: rule.names?.length ? rule.names : [rule.name ?? ''],
    action: rule.action,
    ...(rule.errnoRet != null && { errnoRet: rule.errnoRet }),
    ...(rule.args?.length && { args: rule.args }),
  };
}
