import { posix } from 'node:path';
import type { InstructionOf } from '../../instructions/types.ts';
import type { ApplyContext } from './context.ts';

/** WORKDIR: makes the directory for the current user; a relative path continues the last one. */
export function applyWorkdir(
  { value }: InstructionOf<'WORKDIR'>,
  { state, step, report }: ApplyContext,
): void {
  const written = state.expand(value);
  if (!written.startsWith('/') && !state.isWorkdirSet)
    report(
      'WorkdirRelativePath',
      `Relative workdir ${JSON.stringify(written)} can have unexpected results if the base image changes`,
    );
  state.isWorkdirSet = true;
  const path = posix.resolve('/', state.workingDir, written);
  state.config.WorkingDir = path;
  if (path === '/') {
    state.addMetadata(step, 'WORKDIR /');
    return;
  }
  const owner = state.config.User ?? '';
  state.addLayer(step, `WORKDIR ${path}`, {
    op: { kind: 'file', actions: [{ kind: 'mkdir', path, owner }] },
    base: state.vertex,
    inputs: [],
    step,
  });
}
