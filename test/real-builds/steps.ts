/** Steps of a build, by their instruction, and whether each ran; of several equal instructions all outcomes: BuildKit tells equal steps of two stages as one. */
export type Steps = Readonly<Record<string, string>>;

/**
 * Reads what `--progress=plain` of buildx and of `lade build` prints. Left out is what is no instruction ([internal], exporting), and
 * FROM: whether a base that lies in the store is told as cached says nothing.
 */
export function readSteps(progress: string): Steps {
  const names = new Map<string, string>();
  const ends = new Map<string, string>();
  for (const line of progress.split('\n')) {
    const [, number = '', text = ''] = /^#(\d+) (.*)$/.exec(line) ?? [];
    const [, name] = /^\[(?!internal)[^\]]*\] (.*)$/.exec(text) ?? [];
    if (name !== undefined && !name.startsWith('FROM ')) names.set(number, shorten(name));
    if (names.has(number) && text === 'CACHED') ends.set(number, 'cached');
    if (names.has(number) && text.startsWith('DONE ')) ends.set(number, 'ran');
  }
  const steps: Record<string, string> = {};
  for (const [number, name] of names)
    steps[name] = [...new Set([...(steps[name]?.split(', ') ?? []), ends.get(number) ?? 'not ended'])]
      .toSorted()
      .join(', ');
  return Object.fromEntries(Object.entries(steps).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** Blanks, quotes of here-documents and their first line are shown by one and not by the other. */
const shorten = (name: string): string =>
  name
    .replace(/\s+/g, ' ')
    .replace(/<<-?["'](\S+)["']/g, (mark, word: string) => `${mark.slice(0, mark.search(/["']/))}${word}`)
    .replace(/ \([^()]*\.\.\.\)$/, '');
