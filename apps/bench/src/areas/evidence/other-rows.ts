import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { sm2, sm3, utf8 } from '@cssi/sm-core';
import {
  type AttestationResult,
  attestationResult,
  csvVerifier,
  issueResultJwt,
  replayEventLog,
  verifyResultJwt,
} from '@cssi/tee-client/evidence';
import { createSyntheticAttester, synthesizeEventLog } from '@cssi/tee-client/synthetic';
import type { BenchRow } from '../../area.ts';
import { agree } from '../agree.ts';
import { rate } from '../sm-core-sm2.ts';
import { TIME } from './verify-rows.ts';

const EVENTS = 80;
const EVENT_DATA_BYTES = 512;
const EV_EFI_ACTION = 0x8000_0007;

/** Replay of a boot log of 80 events in SM3, every digest made again, against the hashing alone. */
export function logRow(): BenchRow {
  const data = Array.from({ length: EVENTS }, (_, i) => new Uint8Array(EVENT_DATA_BYTES).fill(i));
  const { log } = synthesizeEventLog({
    events: data.map((one, i) => ({ register: 1 + (i % 4), type: EV_EFI_ACTION, data: one })),
  });
  const { registers } = replayEventLog(log);
  agree(registers.length > 0, 'registers of the log');
  const two = new Uint8Array(64);
  return {
    ...rate,
    id: 'event-log.replay.80',
    aims: [{ peer: 'hashing alone', value: 2 / 3 }],
    ours: () => replayEventLog(log),
    peers: {
      'hashing alone': () => {
        for (const one of data) {
          sm3(one);
          sm3(two);
        }
      },
    },
  };
}

/** Results as tokens: issuing and verifying against the signature alone. */
export async function tokenRows(): Promise<BenchRow[]> {
  const { attester, options } = await createSyntheticAttester('csv-v2', TIME);
  const nonce = new Uint8Array(32).fill(7);
  const verdict = csvVerifier.verify(await attester.evidence(nonce), { ...options, reportData: nonce });
  const result: AttestationResult = attestationResult(
    { evidence: verdict },
    { issuedAt: TIME, lifetimeSeconds: 300, verifier: { developer: 'urn:cssi', build: 'bench' }, nonce },
  );
  const pair = sm2.generateKeyPair();
  const signer = sm2SoftwareSigner(pair);
  const token = await issueResultJwt(result, signer);
  const keys = [{ publicKeyInfo: signer.publicKeyInfo }];
  const message = utf8(token.slice(0, token.lastIndexOf('.')));
  const signature = sm2.signWith(pair, message, { format: 'raw' });
  const verify = () => verifyResultJwt(token, { keys, time: TIME, nonce });
  agree(verify().integrity.status === 'passed', 'the token');
  return [
    {
      ...rate,
      id: 'ear.sm2.verify',
      ours: verify,
      peers: { 'sm2.verify alone': () => sm2.verify(pair.publicKey, message, signature, { format: 'raw' }) },
    },
    {
      ...rate,
      id: 'ear.sm2.issue',
      ours: () => issueResultJwt(result, signer),
      peers: { 'sm2.signWith alone': () => sm2.signWith(pair, message, { format: 'raw' }) },
    },
  ];
}
