// Run by `permissions.test.ts` with the flags of a domain's process: a store under Node's permission model.
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { Secret } from '@cssi/sm-core';
import { nodeStoreFiles, openObjectStore } from '../../../dist/runtime/storage/object-store.js';

const [folder] = process.argv.slice(2);

/** The code of what an action is refused with. */
function codeOf(action) {
  try {
    action();
    return 'allowed';
  } catch (error) {
    return error.code;
  }
}

function open() {
  const seed = Secret.copy(new Uint8Array(32).fill(1));
  const uuid = '5d0c2a9e-7f41-4b6a-9c53-1e8f64b2d7a0';
  return openObjectStore({ files: nodeStoreFiles(folder), seed, uuid, quotaBytes: 1 << 22 });
}

const text = new TextEncoder();
const first = open();
const found = first.get(text.encode('runs'))?.length ?? 0;
first.put(text.encode('runs'), new Uint8Array(found + 1));
first.put(text.encode('a'), new Uint8Array(700_000).fill(found));
first.write(text.encode('a'), 699_990, text.encode('across the end'));
first.truncate(text.encode('a'), 700_001);
first.compact();
first.close();
const second = open();
const data = second.get(text.encode('a'));
const handle = openSync(`${folder}/counter`, 'r');
const result = {
  restricted: process.permission !== undefined,
  fsync: codeOf(() => fsyncSync(handle)),
  outside: codeOf(() => writeFileSync(`${folder}/../outside`, '')),
  found,
  size: data?.length,
  end: new TextDecoder().decode(data?.subarray(699_990)),
  sequence: second.sequence,
};
closeSync(handle);
second.close();
process.stdout.write(`${JSON.stringify(result)}\n`);
