import { rewriteLayer } from '../apply/rewrite-layer.ts';
import { packInto } from '../commit/copy-layer.ts';
import { hashLayer, sendLayer, writeLayer } from '../commit/pack-layer.ts';
import { listChanges } from '../diff/changes.ts';
import { measureTree } from '../diff/usage.ts';
import { explainStack } from '../explain/explain-stack.ts';
import { archiveTree, extractTree } from '../tree/jobs.ts';

/** What worker threads can do. Arguments and results are copied between threads: plain data only. */
export const jobs = {
  rewriteLayer,
  hashLayer,
  packInto,
  sendLayer,
  writeLayer,
  listChanges,
  measureTree,
  archiveTree,
  extractTree,
  explainStack,
};
