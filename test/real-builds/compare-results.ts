import { isDeliberate } from './deliberate.ts';
import type { RealResult } from './builder.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Says where two results differ, a line each: the path, what Docker made, what we made. */
export function compareResults(expected: RealResult | undefined, found: RealResult | undefined): string[] {
  if (!expected || !found) return ['was not built'];
  const count = Math.max(expected.layers.length, found.layers.length);
  return [
    ...compareFields('step', expected.steps, found.steps),
    ...compareFields('config', flatten(expected.config), flatten(found.config)),
    ...compareFields('history', { ...expected.history }, { ...found.history }),
    ...Array.from({ length: count }, (_, at) =>
      compareFields(`layer ${at + 1}`, expected.layers[at] ?? {}, found.layers[at] ?? {}),
    ).flat(),
  ];
}

function compareFields(what: string, expected: Fields, found: Fields): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].flatMap((name) => {
    const [left, right] = [textOf(expected[name]), textOf(found[name])];
    return left === right || isDeliberate(name, expected[name], found[name])
      ? []
      : [`${what}: ${name}: ${left ?? 'nothing'} became ${right ?? 'nothing'}`];
  });
}

const flatten = ({ config, ...rest }: Fields): Fields => ({ ...rest, ...(config as Fields) });

/** The order of members says nothing. */
const textOf = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, one: unknown) =>
    one instanceof Object && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : one,
  );
