import 'reflect-metadata';
import type { BenchArea } from '../area.ts';
import { BouncyCastlePeer } from './pki-bouncycastle.ts';
import { bouncyCastleRow, coldPathRow, parseRow, pathRows } from './pki-certificates.ts';
import { makeChain } from './pki-fixture.ts';
import { messageRows } from './pki-messages.ts';
import { revocationRows } from './pki-revocation.ts';

const LEAVES = 64;

/** Certificates, paths, messages and time stamps on one thread. */
export const pkiArea: BenchArea = {
  name: 'pki',
  summary: 'certificates, paths, revocation, messages and time stamps on one thread',
  prepare: async () => {
    const chain = await makeChain(LEAVES);
    const peer = BouncyCastlePeer.open();
    return {
      rows: [
        parseRow(chain),
        ...pathRows(chain),
        coldPathRow(chain),
        ...(await messageRows(chain)),
        ...(await revocationRows(chain)),
        ...(peer === undefined ? [] : [bouncyCastleRow(chain, peer)]),
      ],
      close: async () => peer?.close(),
    };
  },
};
