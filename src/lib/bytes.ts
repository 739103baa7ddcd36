import { invalid } from './errors.ts';

const binary: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** Parses a size in binary units as Docker's flags do: `512m`, `1.5g`, `64 MiB`, `100`. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text.trim());
  const factor = match ? binary[(match[2] ?? '').toLowerCase()] : undefined;
  if (!match || factor === undefined) throw invalid(`invalid size: '${text}'`);
  return Math.floor(Number(match[1]) * factor);
}

/** Prints a size in decimal units: `1.234GB`, `77.8MB`, `0B`. Docker shows four digits, in lists of images and containers three. */
export function formatBytes(size: number, digits: 3 | 4 = 4): string {
  return scale(size, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB'], digits);
}

/** Prints a size in binary units, as `docker stats` does: `12.5MiB`. */
export function formatBinaryBytes(size: number): string {
  return scale(size, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'], 4);
}

function scale(size: number, base: number, names: readonly string[], digits: number): string {
  let index = 0;
  let value = size;
  while (value >= base && index < names.length - 1) {
    value /= base;
    index += 1;
  }
  return `${Number(value.toPrecision(digits))}${names[index]}`;
}
