import { serveJobs } from '../../lib/worker-pool.ts';
import { jobs } from './jobs.ts';

serveJobs(jobs);
