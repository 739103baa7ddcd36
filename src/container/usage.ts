import type { ContainerRecord } from './container-record.ts';
import type { Context } from './context.ts';

/** Bytes that a container wrote, and with those of its image. */
export async function measureUsage(
  context: Context,
  record: ContainerRecord,
): Promise<{ rw: number; rootfs: number }> {
  const rw = await context.snapshots.usage(record.id);
  return { rw, rootfs: rw + (context.images.find(record.spec.imageId)?.size ?? 0) };
}
