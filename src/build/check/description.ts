import type { Instruction } from '../instructions/types.ts';

/** The first comment that begins with the name of what follows describes it. */
export function descriptionOf({ comments }: Pick<Instruction, 'comments'>, name: string | undefined): string {
  const comment = name === undefined ? undefined : comments.find((text) => text.startsWith(`${name} `));
  return comment === undefined || name === undefined ? '' : comment.slice(name.length + 1);
}
