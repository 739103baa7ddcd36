import { flushCompileCache } from 'node:module';
import '../build/ops/worker/main.ts';
import '../network/worker/main.ts';
import '../snapshot/worker/main.ts';

// The entry of a thread that only loads what other threads will (start-anew.ts): compiled code is kept apart for threads.
flushCompileCache();
process.exit();
