/**
 * Builds the WebAssembly kernel from its C sources.
 *
 *   node kernel/build.mjs            writes src/adapters/wasm/kernel-bytes.ts
 *   node kernel/build.mjs --check    builds and compares with what is committed
 *   node kernel/build.mjs --out F    writes the SIMD module as a file (for looking at)
 *   … --only a.c,b.c                 these sources (memory.c always comes along)
 *
 * Needs clang 14 and wasm-ld 14, which are Debian packages (clang-14, lld-14).
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TARGET = fileURLToPath(new URL('../src/adapters/wasm/kernel-bytes.ts', import.meta.url));
const MAX_BYTES = 80 * 1024; // of each module
const STACK_BYTES = 24 * 1024;

const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

/** The compiler's flags: no library, no vectoriser (it slows these kernels), reproducible output. */
const FLAGS = [
  '--target=wasm32-unknown-unknown',
  '-std=c11',
  '-O3',
  '-nostdlib',
  '-ffreestanding',
  '-fno-vectorize',
  '-fno-slp-vectorize',
  '-fvisibility=hidden',
  '-mbulk-memory',
  '-mmutable-globals',
  '-Wall',
  '-Wextra',
  '-Werror',
];
const LINK = [
  '-Wl,--no-entry',
  '-Wl,--stack-first',
  '-Wl,--export=__stack_pointer',
  `-Wl,-z,stack-size=${STACK_BYTES}`,
  '-Wl,--strip-all',
  '-Wl,--gc-sections',
  '-fuse-ld=/usr/bin/wasm-ld-14',
];

function compile(sources, simd) {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
  const out = join(folder, 'kernel.wasm');
  const variant = simd ? ['-msimd128', '-DSIMD=1'] : ['-mno-simd128', '-DSIMD=0'];
  try {
    execFileSync('clang-14', [...FLAGS, ...variant, ...LINK, '-o', out, ...sources], {
      cwd: HERE,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const digest = (name, bytes) => createHash(name).update(bytes).digest('hex');

function moduleText(simd, scalar) {
  const constants = (name, bytes, comment) => [
    `/** ${comment} ${bytes.length} bytes, SHA-256 ${digest('sha256', bytes)}. */`,
    `export const ${name}: string =\n  '${bytes.toString('base64')}';`,
    `/** SM3 of its bytes, for the integrity test of the module. */`,
    `export const ${name}_SM3: string = '${digest('sm3', bytes)}';`,
  ];
  return [
    '// Built by kernel/build.mjs from the C sources beside it; CI builds it again and compares.',
    ...constants('KERNEL_SIMD', simd, 'The kernel for engines with SIMD128, base64.'),
    ...constants('KERNEL_SCALAR', scalar, 'The kernel for engines without SIMD128, base64.'),
    '',
  ].join('\n');
}

const only = argument('--only');
const all = readdirSync(HERE)
  .filter((file) => file.endsWith('.c'))
  .sort();
const sources = only === undefined ? all : [...new Set(['memory.c', ...only.split(',')])];
const simd = compile(sources, true);
const out = argument('--out');
if (out !== undefined) {
  writeFileSync(out, simd);
  console.error(`${simd.length} bytes to ${out}`);
} else {
  const scalar = compile(sources, false);
  const total = simd.length + scalar.length;
  console.error(`SIMD ${simd.length} bytes, scalar ${scalar.length} bytes, together ${total}`);
  if (Math.max(simd.length, scalar.length) > MAX_BYTES)
    throw new Error(`a module is larger than ${MAX_BYTES} bytes`);
  const text = moduleText(simd, scalar);
  if (process.argv.includes('--check')) {
    if (readFileSync(TARGET, 'utf8') !== text)
      throw new Error('the committed kernel is not what the sources build');
    console.error('the committed kernel is what the sources build');
  } else {
    writeFileSync(TARGET, text);
  }
}
