import { rewriteLayer } from '../apply/rewrite-layer.ts';
import { hashLayer } from '../commit/pack-layer.ts';

/** What worker threads can do. Arguments and results are copied between threads: plain data only. */
export const jobs = { rewriteLayer, hashLayer };

export type JobName = keyof typeof jobs;
export type JobArguments<N extends JobName> = Parameters<(typeof jobs)[N]>[0];
export type JobResult<N extends JobName> = Awaited<ReturnType<(typeof jobs)[N]>>;
