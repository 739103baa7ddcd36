/** The keyword of an instruction in the case in which it is written. */
export const writtenKeyword = ({ original }: { readonly original: string }): string =>
  /^\S*/.exec(original)?.[0] ?? '';
