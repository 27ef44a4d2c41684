/**
 * What runs inside the browser. It is served as it stands here: plain modules, so that
 * the package is loaded the way a page without a bundler loads it.
 */

/** The page: an import map for the two packages that sm-core stands on. */
export const PAGE_HTML = `<!doctype html>
<meta charset="utf-8">
<title>sm-core</title>
<script type="importmap">
{"imports": {"@noble/curves/": "/noble/curves/", "@noble/hashes/": "/noble/hashes/"}}
</script>
<script type="module" src="/page.js" onerror="globalThis.failed = true"></script>
`;

/** Runs vectors and the measurement with the modules of one tree (\`/\` or \`/worker/\`). */
const RUN = (tree: string): string => `
import * as core from '${tree}sm-core/index.js';
import { runVectorFiles } from '${tree}sm-core/conformance/index.js';
import { wasmEngine } from '${tree}sm-core/adapters/wasm.js';
import { nobleEngine } from '${tree}sm-core/adapters/noble.js';

const ENGINES = { default: wasmEngine, noble: nobleEngine };

async function vectorFiles() {
  const paths = await (await fetch('/vectors.json')).json();
  return Promise.all(paths.map(async (path) => {
    const url = '/vectors/' + path.split('/').map(encodeURIComponent).join('/');
    return { path, content: new Uint8Array(await (await fetch(url)).arrayBuffer()) };
  }));
}

async function vectors(files, name) {
  const started = performance.now();
  const report = await runVectorFiles(files, { engine: ENGINES[name] });
  return {
    engine: report.engine,
    path: ENGINES[name].profile.path,
    passed: report.passed,
    failed: report.failed,
    skipped: report.skipped,
    skips: report.skips,
    files: report.files.length,
    failures: report.files.flatMap((file) => file.failures.map(({ id, detail }) => file.file + ' ' + id + ': ' + detail)),
    milliseconds: Math.round(performance.now() - started),
  };
}

function rate(seconds, operation) {
  for (let i = 0; i < 3; i++) operation();
  const started = performance.now();
  let count = 0;
  let passed = 0;
  do {
    operation();
    count++;
    passed = performance.now() - started;
  } while (passed < seconds * 1000);
  return Math.round(count / (passed / 1000) * 10) / 10;
}

function measure(seconds) {
  const { sm2, sm3, sm4, Secret } = core;
  const pair = sm2.generateKeyPair();
  const message = new Uint8Array(32).fill(7);
  const signature = sm2.sign(pair.privateKey, message);
  const ciphertext = sm2.encrypt(pair.publicKey, message);
  const key = Secret.take(new Uint8Array(16).fill(1));
  const iv = new Uint8Array(16);
  const block = new Uint8Array(16384);
  const mebi = new Uint8Array(1 << 20);
  const gcm = sm4.gcm(key);
  return {
    'sm2.keygen/s': rate(seconds, () => sm2.generateKeyPair().privateKey.destroy()),
    'sm2.sign/s': rate(seconds, () => sm2.sign(pair.privateKey, message)),
    'sm2.verify/s': rate(seconds, () => sm2.verify(pair.publicKey, message, signature)),
    'sm2.encrypt/s': rate(seconds, () => sm2.encrypt(pair.publicKey, message)),
    'sm2.decrypt/s': rate(seconds, () => sm2.decrypt(pair.privateKey, ciphertext)),
    'sm3.1mib MB/s': rate(seconds, () => sm3(mebi)) * 1.048576,
    'sm4.ctr.16kib MB/s': rate(seconds, () => sm4.ctr(key, iv, block)) * 0.016384,
    'sm4.gcm.16kib MB/s': rate(seconds, () => gcm.sealBox(block, iv)) * 0.016384,
  };
}

async function run(where, seconds) {
  const files = await vectorFiles();
  return {
    where,
    runs: [await vectors(files, 'default'), await vectors(files, 'noble')],
    measured: seconds > 0 ? measure(seconds) : {},
  };
}
`;

/** Script of the page: its own results, then those of a worker. */
export const PAGE_SCRIPT = `${RUN('/')}
globalThis.runHere = (seconds) => run('page', seconds);
globalThis.runInWorker = (seconds) => new Promise((resolve, reject) => {
  const worker = new Worker('/worker.js', { type: 'module' });
  worker.onerror = (event) => reject(new Error(event.message ?? 'the worker does not load'));
  worker.onmessage = ({ data }) => {
    worker.terminate();
    if (data.error === undefined) resolve(data.result);
    else reject(new Error(data.error));
  };
  worker.postMessage(seconds);
});
globalThis.loaded = true;
`;

/** Script of the worker. */
export const WORKER_SCRIPT = `${RUN('/worker/')}
onmessage = async ({ data: seconds }) => {
  try {
    postMessage({ result: await run('worker', seconds) });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
};
`;
