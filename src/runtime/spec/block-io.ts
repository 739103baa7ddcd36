import { statSync } from 'node:fs';
import { splitDevice } from '../../kernel/mknod.ts';
import { EngineError, hasCode, internal } from '../../lib/errors.ts';
import type { SpecBlockIo, SpecThrottle } from '../../oci/runtime-spec.ts';
import type { DeviceRate, Resources } from '../types.ts';

/** How a container shares block devices; weights only where the kernel has them. Throws in Docker's words when a device is missing. */
export function makeBlockIo(resources: Resources, host: { readonly blkioWeight: boolean }): SpecBlockIo {
  const { blkioWeight, blkioWeightDevices, readBps, writeBps, readIops, writeIops } = resources;
  const weights = host.blkioWeight ? blkioWeightDevices : undefined;
  return {
    ...(blkioWeight && host.blkioWeight && { weight: blkioWeight }),
    ...(weights?.length && {
      weightDevice: weights.map(({ path, weight }) => ({ ...deviceAt(path), weight })),
    }),
    ...(readBps?.length && { throttleReadBpsDevice: throttles(readBps) }),
    ...(writeBps?.length && { throttleWriteBpsDevice: throttles(writeBps) }),
    ...(readIops?.length && { throttleReadIOPSDevice: throttles(readIops) }),
    ...(writeIops?.length && { throttleWriteIOPSDevice: throttles(writeIops) }),
  };
}

const throttles = (rates: readonly DeviceRate[]): SpecThrottle[] =>
  rates.map(({ path, rate }) => ({ ...deviceAt(path), rate }));

function deviceAt(path: string): { major: number; minor: number } {
  try {
    return splitDevice(statSync(path).rdev);
  } catch (error) {
    if (error instanceof EngineError || !hasCode(error, 'ENOENT')) throw error;
    throw internal(`stat ${path}: no such file or directory`, error);
  }
}
