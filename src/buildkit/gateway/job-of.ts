import { invalid } from '../../lib/errors.ts';
import type { GrpcCall } from '../../lib/grpc/server.ts';
import type { Job } from '../control/job.ts';
import type { Jobs } from '../control/jobs.ts';

/** The build that a call is about, once its request has come. */
export async function jobOf(jobs: Jobs, { metadata, signal }: GrpcCall): Promise<Job> {
  const ref = metadata['buildkit-controlapi-buildid'];
  if (typeof ref !== 'string' || ref === '') throw invalid('no buildid found in context');
  return jobs.get(ref, signal);
}
