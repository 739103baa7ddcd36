// Plain JavaScript that any Node can read, so that one that is too old says so.
const NEEDED = 26;
if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `lade needs Node ${NEEDED} or newer; this is ${process.version} (${process.execPath})\n`,
  );
  process.exit(1);
}

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

/** Words that another one follows which says what is done. (What is missing here is no mistake: its verbs share what is kept.) */
const GROUPS = /^(builder|compose|container|context|image|manifest|network|system|volume)$/;
const COMPOSE_VERBS =
  /^(attach|build|config|cp|create|down|events|exec|images|kill|logs|ls|port|ps|pull|push|restart|rm|run|start|stats|stop|top|up|version|wait|watch)$/;
/** So many files of compiled code are kept, of half a megabyte each. */
const KEPT = 60;

const words = process.argv.slice(2);
if (words[0] === 'engine') {
  const { exports, keepCode } = load('engine', 'engine');
  exports.main(words.slice(1), keepCode).then(exports.exitNow);
} else {
  const { exports, keepCode } = load('lade', commandOf(words));
  process.once('exit', keepCode);
  exports.main(words).then(process.exit);
}

/**
 * Runs a bundle of dist/ with the code that V8 compiled when the same command ran for the first time; `keepCode` keeps it after that
 * run. (Node's own cache holds what is compiled when a file is loaded, not the functions that are compiled when they are called.)
 */
function load(bundle, command) {
  const file = path.join(__dirname, '../dist', `${bundle}.cjs`);
  const fd = fs.openSync(file);
  const { ctimeMs, ino } = fs.fstatSync(fd);
  const source = fs.readFileSync(fd, 'latin1'); // it is ASCII, and this is quicker
  fs.closeSync(fd);
  const directory = process.env.NODE_COMPILE_CACHE;
  const version = [ctimeMs, ino, source.length].map((number) => Math.round(number).toString(36)).join('-');
  const cache = directory && path.join(directory, `${command}.${version}.code`);
  const cachedData = cache && readIfThere(cache);
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
  const script = new vm.Script(wrapped, { filename: file, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, file, path.dirname(file));
  const isKept = cachedData && !script.cachedDataRejected;
  return { exports: module.exports, keepCode: () => !isKept && cache && keep(cache, script.createCachedData()) };
}

/** What is run: `ps`, `image-ls`, `compose-up`. */
function commandOf(argv) {
  const [first = 'lade', ...others] = argv.filter((word) => /^[a-z]{1,20}$/.test(word));
  const isVerb = (word) => first !== 'compose' || COMPOSE_VERBS.test(word);
  const verb = GROUPS.test(first) ? others.find(isVerb) : undefined;
  return verb ? `${first}-${verb}` : first;
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Whole or not at all. Where it can't be kept, the next run is as slow as this one. */
function keep(file, data) {
  const scratch = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(scratch, data, { flush: true, mode: 0o600 });
    fs.renameSync(scratch, file);
    forgetOthers(path.dirname(file));
  } catch {
    fs.rmSync(scratch, { force: true });
  }
}

/** Those of earlier versions, and of commands that nobody has run for long. */
function forgetOthers(directory) {
  const files = fs.readdirSync(directory).filter((name) => name.includes('.code'));
  const ages = files.map((name) => [path.join(directory, name), fs.statSync(path.join(directory, name)).mtimeMs]);
  for (const [file] of ages.sort(([, left], [, right]) => right - left).slice(KEPT)) fs.rmSync(file, { force: true });
}
