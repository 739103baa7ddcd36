import type { BuildEventLine } from '../../../wire/build.ts';

/** Shows a build while it runs. */
export interface BuildProgress extends Disposable {
  take(event: BuildEventLine): void;
}

export type Failed = Extract<BuildEventLine, { type: 'failed' }>;
export type Out = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};
