/**
 * The least a child process can do with a call: reads a message from descriptor 3 and writes as much
 * back. What a call of the TEE costs beyond this is the TEE's.
 */
import { readSync, writeSync } from 'node:fs';

const FD = 3;
const [, , size = '1024'] = process.argv;
const message = Buffer.alloc(Number(size));
for (;;) {
  let have = 0;
  while (have < message.length) {
    const got = readSync(FD, message, have, message.length - have, null);
    if (got === 0) process.exit(0);
    have += got;
  }
  for (let done = 0; done < have; ) done += writeSync(FD, message, done, have - done);
}
