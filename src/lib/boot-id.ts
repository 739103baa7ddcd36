import { readFileSync } from 'node:fs';

/** The running kernel's boot: what was written in an earlier one may have been lost with the machine's power. */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
