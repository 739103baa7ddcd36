import { constants } from 'node:os';
import type { SeccompArgument } from '../../oci/runtime-spec.ts';
import { alwaysAllowed } from './always-allowed.ts';
import type { ProfileFilter, ProfileRule, SeccompProfile } from './types.ts';

/** Calls that a capability unlocks. */
const unlocked: Readonly<Record<string, string>> = {
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_SYS_ADMIN: `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
    lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd
    setdomainname sethostname setns syslog umount umount2 unshare`,
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'delete_module init_module finit_module',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace',
  CAP_SYS_RAWIO: 'iopl ioperm',
  CAP_SYS_TIME: 'settimeofday stime clock_settime clock_settime64',
  CAP_SYS_TTY_CONFIG: 'vhangup',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYSLOG: 'syslog',
  CAP_BPF: 'bpf',
  CAP_PERFMON: 'perf_event_open',
};

/** Calls that only some architectures have. */
const architectural: readonly (readonly [names: string, arches: readonly string[]])[] = [
  ['sync_file_range2 swapcontext', ['ppc64le']],
  ['arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls', ['arm', 'arm64']],
  ['arch_prctl', ['amd64', 'x32']],
  ['modify_ldt', ['amd64', 'x32', 'x86']],
  ['s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr', ['s390', 's390x']],
  ['riscv_flush_icache', ['riscv64']],
];

/** personality(2): Linux, Linux32, without randomised addresses, both, and the query. */
const personalities = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** clone(2) flags that make a namespace: mount, cgroup, UTS, IPC, user, pid, network. */
const namespaceFlags = 0x7e020000;
const s390 = ['s390', 's390x'];
const withoutAdmin: ProfileFilter = { caps: ['CAP_SYS_ADMIN'] };
const AF_VSOCK = 40;

const allow = (names: string, more: Partial<ProfileRule> = {}): ProfileRule => ({
  names: names.trim().split(/\s+/),
  action: 'SCMP_ACT_ALLOW',
  ...more,
});

/** Argument `index` has none of the flags that make a namespace. */
const noNamespaces = (index: number): SeccompArgument[] => [
  { index, value: namespaceFlags, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' },
];

/**
 * Docker's default profile, equal in effect on all that can run here: without the x32 architecture, which no distribution's kernel
 * enables any more, and which costs each start 10 ms.
 */
export const defaultProfile: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: constants.errno.EPERM,
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
    { architecture: 'SCMP_ARCH_S390X', subArchitectures: ['SCMP_ARCH_S390'] },
    { architecture: 'SCMP_ARCH_RISCV64' },
    { architecture: 'SCMP_ARCH_LOONGARCH64' },
  ],
  syscalls: [
    allow(Object.values(alwaysAllowed).flat().join(' ')),
    allow('process_vm_readv process_vm_writev ptrace', { includes: { minKernel: '4.8' } }),
    allow('socket', { args: [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_NE' }] }),
    ...personalities.map((value) => allow('personality', { args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] })),
    ...architectural.map(([names, arches]) => allow(names, { includes: { arches } })),
    ...Object.entries(unlocked).map(([capability, names]) =>
      allow(names, { includes: { caps: [capability] } }),
    ),
    allow('clone', { args: noNamespaces(0), excludes: { ...withoutAdmin, arches: s390 } }),
    allow('clone', { args: noNamespaces(1), includes: { arches: s390 }, excludes: withoutAdmin }),
    // A C library falls back to clone(2), whose flags can be looked at, when clone3(2) does not exist.
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: constants.errno.ENOSYS, excludes: withoutAdmin },
  ],
};
