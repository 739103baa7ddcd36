import type { BundleSpec } from '../types.ts';
import type { HostFacts } from './host-facts.ts';

/** Paths that Docker covers with nothing: they tell about the host, or steer it. */
const masked = `
  /proc/asound /proc/acpi /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats
  /proc/sched_debug /proc/scsi /sys/firmware /sys/devices/virtual/powercap`
  .trim()
  .split(/\s+/);

const readOnly = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export function makeHiddenPaths(
  bundle: BundleSpec,
  host: HostFacts,
): { maskedPaths: readonly string[]; readonlyPaths: readonly string[] } {
  return {
    maskedPaths: bundle.maskedPaths ?? (bundle.privileged ? [] : [...masked, ...host.extraMaskedPaths]),
    readonlyPaths: bundle.readonlyPaths ?? (bundle.privileged ? [] : readOnly),
  };
}
