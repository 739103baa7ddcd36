import { readFileSync } from 'node:fs';
import { allCapabilities } from '../spec/capability-names.ts';

let known: readonly string[] | undefined;

/** The capabilities that the engine has and may pass on: its bounding set, which never grows. */
export function ownCapabilities(): readonly string[] {
  return (known ??= parseBoundingSet(readFileSync('/proc/self/status', 'utf8')));
}

/** Reads the bounding set in /proc/PID/status, a hexadecimal mask by capability number. */
export function parseBoundingSet(status: string): string[] {
  const bits = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return allCapabilities.filter((_name, index) => (bits >> BigInt(index)) & 1n);
}
