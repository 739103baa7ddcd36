// Plain JavaScript that any Node can read, so that one that is too old says so.
const NEEDED = 26;
if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  process.stderr.write(
    `lade needs Node ${NEEDED} or newer; this is ${process.version} (${process.execPath})\n`,
  );
  process.exit(1);
}

const [, , first, ...rest] = process.argv;
if (first === 'engine') {
  const { main } = await import('../src/daemon/main.ts');
  const { exitNow } = await import('../src/kernel/exit.ts');
  exitNow(await main(rest));
}
const { main } = await import('../src/cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
setTimeout(() => process.exit(), 100).unref();
