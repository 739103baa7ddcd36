import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar as YamlScalar,
  type YAMLMap,
} from 'yaml';
import { ComposeError, problemAt } from './compose-error.ts';
import { resolveScalar } from './resolve-scalar.ts';
import { yamlProblems } from './yaml-problems.ts';
import { type Entry, mapTree, type MergeTag, type Place, type Scalar, type Tree } from './tree.ts';

const MAX_DEPTH = 60;
/** Values that the aliases of a document may stand for in all: more than any project has, and read within a second. */
const MAX_ALIASED = 100_000;

/**
 * Parses the text of a Compose file (YAML 1.2 with merge keys and anchors); it may hold several documents. Throws ComposeError with
 * every syntax error.
 */
export function parseYaml(file: string, text: string): Tree[] {
  const counter = new LineCounter();
  const documents = readDocuments(file, text, counter);
  const lines = text.split('\n');
  const placeAt: PlaceAt = (start, end = start + 1) => {
    const { line, col } = counter.linePos(start);
    const whole = (lines[line - 1] ?? '').replace(/\r$/, '');
    const column = Math.max(1, col);
    const length = Math.max(1, Math.min(end - start, whole.length - column + 1));
    return { file, line: Math.max(1, line), column, text: whole, length };
  };
  const problems = documents.flatMap(({ errors }) => yamlProblems(errors, text));
  if (problems.length > 0)
    throw new ComposeError(
      problems.map(({ start, end, message }) => ({ place: placeAt(start, end), message })),
    );
  const filled = documents.filter(({ contents }) => contents !== null);
  if (filled.length === 0) return [mapTree({ file, line: 1, column: 1 }, [])];
  return filled.map((document) =>
    new Converter(document as Document, placeAt).convert(document.contents as Node, 0),
  );
}

function readDocuments(file: string, text: string, lineCounter: LineCounter) {
  const options = {
    merge: true,
    uniqueKeys: true,
    strict: true,
    version: '1.2',
    logLevel: 'silent',
  } as const;
  const tooDeep = (): Error => problemAt({ file, line: 1, column: 1 }, 'nested too deeply to be read');
  try {
    const documents = [...parseAllDocuments(text, { ...options, lineCounter })];
    if (documents.some(({ errors }) => errors.some(({ message }) => message.startsWith(STACK))))
      throw tooDeep();
    return documents;
  } catch (error) {
    throw error instanceof RangeError ? tooDeep() : error;
  }
}

/** What the engine of JavaScript says when a parser calls itself too often. */
const STACK = 'Maximum call stack size exceeded';

/** The place of some letters of the text. */
type PlaceAt = (start: number, end?: number) => Place;

class Converter {
  private readonly document: Document;
  private readonly placeAt: PlaceAt;
  private aliased = 0;

  constructor(document: Document, placeAt: PlaceAt) {
    this.document = document;
    this.placeAt = placeAt;
  }

  convert(node: Node, depth: number, alias?: Place): Tree {
    const place = this.placeOf(node);
    if (alias && ++this.aliased > MAX_ALIASED)
      throw problemAt(alias, `aliases make more than ${MAX_ALIASED} values of this file`);
    if (depth > MAX_DEPTH)
      throw problemAt(place, `nested deeper than ${MAX_DEPTH} levels: does an anchor hold itself?`);
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (!target)
        throw problemAt(
          place,
          `unknown anchor *${node.source}: a value that begins with * must be in quotes`,
        );
      return this.convert(target, depth + 1, alias ?? place);
    }
    const tag = mergeTag(node);
    if (isMap(node)) return { ...mapTree(place, this.entries(node, depth, alias)), ...(tag && { tag }) };
    if (isSeq(node))
      return {
        kind: 'list',
        place,
        items: node.items.map((item) => this.convert(item as Node, depth + 1, alias)),
        ...(tag && { tag }),
      };
    if (!isScalar(node)) throw problemAt(place, 'not a value that Compose knows');
    return {
      kind: 'scalar',
      place,
      value: node.type === 'PLAIN' ? resolveScalar(sourceOf(node)) : scalarOf(node.value),
      source: sourceOf(node),
      quoted: node.type !== 'PLAIN',
      ...(tag && { tag }),
    };
  }

  private placeOf({ range }: Node): Place {
    return this.placeAt(range?.[0] ?? 0, range?.[1]);
  }

  private entries(node: YAMLMap, depth: number, alias?: Place): [string, Entry][] {
    const own: [string, Entry][] = [];
    const merged: [string, Entry][] = [];
    for (const { key, value } of node.items) {
      const keyNode = key as Node;
      const keyPlace = this.placeOf(keyNode);
      const name = isScalar(keyNode) ? sourceOf(keyNode) : '';
      if (isCollection(keyNode)) throw problemAt(keyPlace, 'a key must be text');
      if (name === '<<') merged.push(...this.mergeKey(value as Node, keyPlace, depth, alias));
      else
        own.push([
          name,
          {
            keyPlace,
            value: value === null ? nullAt(keyPlace) : this.convert(value as Node, depth + 1, alias),
          },
        ]);
    }
    return [...merged, ...own];
  }

  private mergeKey(node: Node, place: Place, depth: number, alias?: Place): [string, Entry][] {
    const tree = this.convert(node, depth + 1, alias);
    const sources = tree.kind === 'list' ? tree.items.toReversed() : [tree];
    return sources.flatMap((source) => {
      if (source.kind !== 'map') throw problemAt(place, '<< takes a map, or a list of maps');
      return [...source.entries];
    });
  }
}

const nullAt = (place: Place): Tree => ({ kind: 'scalar', place, value: null, source: '', quoted: false });

function mergeTag(node: Node): MergeTag | undefined {
  const tag = 'tag' in node ? node.tag : undefined;
  return tag === '!reset' ? 'reset' : tag === '!override' ? 'override' : undefined;
}

const sourceOf = (node: YamlScalar): string => node.source ?? String(scalarOf(node.value) ?? '');

function scalarOf(value: unknown): Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
