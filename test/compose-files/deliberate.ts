import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseModel } from './models.ts';

interface Difference {
  readonly why: string;
  readonly expected: CaseModel;
}

/** Where this Compose means something else on purpose, or takes what the other one can't: by theme and title of the case. */
export const deliberate = JSON.parse(
  readFileSync(join(import.meta.dirname, 'models', 'deliberate.json'), 'utf8'),
) as Readonly<Record<string, Difference>>;
