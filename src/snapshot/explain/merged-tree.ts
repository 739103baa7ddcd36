import type { ScannedEntry } from './scan-layer.ts';

/** The content of a file, under all names that it has in its layer. */
export interface FileContent {
  readonly layer: number;
  readonly size: number;
  readonly digest: string;
  /** The first name. */
  readonly path: string;
  /** Names under which it is seen. */
  seen: number;
}

interface Node {
  content?: FileContent;
  children?: Map<string, Node>;
}

/** What a name of a file was when a layer hid it. */
export interface HiddenName {
  readonly path: string;
  readonly content: FileContent;
}

/** The merged files of a stack, as one layer after the other is put on top. */
export class MergedTree {
  private readonly root: Node = { children: new Map() };

  /** Puts a file at a path; returns what that hides. */
  put(path: string, content: FileContent | undefined): HiddenName[] {
    const { parent, name, hidden } = this.descend(path);
    const before = parent.get(name);
    const gone = before ? namesIn(before, path) : [];
    parent.set(name, content ? { content } : {});
    if (content) content.seen += 1;
    return [...hidden, ...drop(gone)];
  }

  /** Makes a directory, unless there is one; `opaque`: without what is in it. */
  directory(path: string, opaque: boolean): HiddenName[] {
    const { parent, name, hidden } = this.descend(path);
    const before = parent.get(name);
    if (before?.children && !opaque) return hidden;
    parent.set(name, { children: new Map() });
    return [...hidden, ...drop(before ? namesIn(before, path) : [])];
  }

  /** Takes away what is at a path. */
  remove(path: string): HiddenName[] {
    const { parent, name, hidden } = this.descend(path);
    const before = parent.get(name);
    parent.delete(name);
    return [...hidden, ...drop(before ? namesIn(before, path) : [])];
  }

  /** All files that are seen, by their names. */
  files(): HiddenName[] {
    return namesIn(this.root, '');
  }

  private descend(path: string): { parent: Map<string, Node>; name: string; hidden: HiddenName[] } {
    const names = path.split('/');
    const name = names.pop() ?? '';
    const hidden: HiddenName[] = [];
    let node = this.root;
    for (const [at, step] of names.entries()) {
      node.children ??= new Map();
      let next = node.children.get(step);
      if (!next?.children) {
        if (next) hidden.push(...drop(namesIn(next, names.slice(0, at + 1).join('/'))));
        next = { children: new Map() };
        node.children.set(step, next);
      }
      node = next;
    }
    return { parent: (node.children ??= new Map()), name, hidden };
  }
}

function namesIn(node: Node, path: string): HiddenName[] {
  const found: HiddenName[] = [];
  const stack: [Node, string][] = [[node, path]];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [{ content, children }, at] = next;
    if (content) found.push({ path: at, content });
    for (const [name, child] of children ?? []) stack.push([child, at === '' ? name : `${at}/${name}`]);
  }
  return found;
}

function drop(names: readonly HiddenName[]): readonly HiddenName[] {
  for (const { content } of names) content.seen -= 1;
  return names;
}

/** The contents of a layer's files, one for all names of a file. */
export function contentsOf(entries: readonly ScannedEntry[], layer: number): Map<string, FileContent> {
  const byLink = new Map<number, FileContent>();
  const byPath = new Map<string, FileContent>();
  for (const { path, kind, size, digest, link } of entries) {
    if (kind !== 'file') continue;
    const known = link === 0 ? undefined : byLink.get(link);
    const content = known ?? { layer, size, digest, path, seen: 0 };
    if (link !== 0) byLink.set(link, content);
    byPath.set(path, content);
  }
  return byPath;
}
