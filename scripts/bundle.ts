import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

/*
 * Makes dist/ from src/: one file of JavaScript for the command, one for the engine, one for each of its worker threads. Node loads one
 * file several times faster than hundreds, and does not strip types from files of an installed package at all.
 */
const root = resolve(import.meta.dirname, '..');
const source = join(root, 'src');
const target = join(root, 'dist');
/** Beside the target, so that what is ready is put into its place by a rename. */
const scratch = join(root, `dist.${process.pid}`);

/** Bundled packages; their licences go along. */
const licensed = new Set<string>();

const begun = new Date();
try {
  mkdirSync(scratch);
  let entries = new Map([
    ['lade', join(source, 'cli/main.ts')],
    ['engine', join(source, 'daemon/main.ts')],
  ]);
  for (const made = new Set<string>(); entries.size > 0;) {
    const threads = new Map<string, string>();
    await bundle(entries, threads);
    for (const name of entries.keys()) made.add(name);
    entries = new Map([...threads].filter(([name]) => !made.has(name)));
  }
  writeFileSync(join(scratch, 'LICENSES'), licences());
  // Whoever looks for newer sources compares with this file: what changed meanwhile counts as newer.
  writeFileSync(join(scratch, 'made'), '');
  utimesSync(join(scratch, 'made'), begun, begun);
  replace(filesOf(scratch));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function bundle(entries: ReadonlyMap<string, string>, threads: Map<string, string>): Promise<void> {
  const { metafile, outputFiles } = await build({
    entryPoints: Object.fromEntries(entries),
    outdir: scratch,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    // What a module needs of Node is then loaded when the module is, not at the start.
    format: 'cjs',
    target: 'esnext',
    supported: { 'dynamic-import': false },
    external: ['koffi'],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: `const bundleUrl = require('node:url').pathToFileURL(__filename).href;` },
    plugins: [besideBundle(threads)],
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  for (const { path, text } of outputFiles) writeFileSync(path, escaped(text));
  for (const path of Object.keys(metafile.inputs)) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    if (name !== undefined) licensed.add(name);
  }
}

/** In ASCII: it is read byte by byte. (esbuild escapes texts, but neither regular expressions nor comments.) */
function escaped(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Files that a source names by `new URL('./…', import.meta.url)`: the entry of a thread becomes a bundle of its own, other files of src/
 * are copied into dist/, and what lies outside of src/ stays where it is.
 */
function besideBundle(threads: Map<string, string>): Plugin {
  return {
    name: 'files beside the bundle',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const contents = text.replace(/new URL\('([^']+)', import\.meta\.url\)/g, (_, name: string) => {
          const place = placeOf(resolve(dirname(path), name) + (name.endsWith('/') ? '/' : ''), threads);
          return `new URL('${place}', import.meta.url)`;
        });
        return { contents, loader: 'ts' };
      });
    },
  };
}

function placeOf(path: string, threads: Map<string, string>): string {
  if (!path.startsWith(`${source}/`)) return relative(target, path);
  if (path.endsWith('.ts')) {
    const name = relative(source, path).slice(0, -'.ts'.length).replaceAll('/', '-');
    threads.set(name, path);
    return `./${name}.cjs`;
  }
  cpSync(path, join(scratch, basename(path)), { recursive: true });
  return `./${basename(path)}${path.endsWith('/') ? '/' : ''}`;
}

function licences(): string {
  const texts = [...licensed].toSorted().map((name) => {
    const directory = join(root, 'node_modules', name);
    const file = readdirSync(directory).find((other) => /^licen[cs]e/i.test(other));
    if (file === undefined) throw new Error(`${name} has no licence in its package`);
    return `${name}\n\n${readFileSync(join(directory, file), 'utf8')}`;
  });
  return `Parts of these packages are contained in the files beside this one.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** Puts the files into their places one by one, so that there is a whole one at any moment; the mark comes last. */
function replace(files: readonly string[]): void {
  const ordered = [...files.filter((name) => name !== 'made'), 'made'];
  for (const name of ordered) {
    mkdirSync(dirname(join(target, name)), { recursive: true });
    renameSync(join(scratch, name), join(target, name));
  }
  for (const name of filesOf(target)) if (!files.includes(name)) rmSync(join(target, name), { force: true });
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}
