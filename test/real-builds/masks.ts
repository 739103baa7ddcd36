import type { Layer } from './read-image.ts';

/** What differs between two builds by the same builder: tools write times, numbers of inodes and names by chance. */
const masks: readonly {
  readonly path: RegExp;
  /** In the place of the name. */
  readonly name?: string;
  readonly why: string;
}[] = [
  { path: /^var\/log\/(?:apt\/.*|dpkg\.log|alternatives\.log)$/, why: 'when which package was installed' },
  { path: /^var\/cache\/ldconfig\/aux-cache$/, why: 'inodes and times of the libraries' },
  { path: /\.pyc$/, why: 'the time of the source it was made of' },
  { path: /\.whl$/, why: 'a zip archive has times of its members' },
  { path: /^root\/\.npm\/_logs\/.*$/, name: 'root/.npm/_logs/log', why: 'named by the time, lists times' },
];

/** Leaves size and content of such files out; kind, mode and owner stay. */
export const mask = (layer: Layer): Layer =>
  Object.fromEntries(
    Object.entries(layer).map(([path, text]) => {
      const found = masks.find((one) => one.path.test(path));
      if (!found) return [path, text];
      return [found.name ?? path, text.replace(/ \d+ [0-9a-f]{16}(?= |$)/, ' masked')];
    }),
  );
