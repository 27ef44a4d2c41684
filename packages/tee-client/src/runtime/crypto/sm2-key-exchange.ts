import { defaultEngine, equalBytes, kdfSm3, sm2 } from '@cssi/sm-core';
import type { OperationKey } from './operation-key.ts';

/** One side of a run, with the ephemeral keys exchanged already. */
export interface KeyExchangeInput {
  readonly initiator: boolean;
  /** d and P, r and R of this side. */
  readonly own: OperationKey;
  readonly ownEphemeral: OperationKey;
  /** P and R of the other side, points of the curve. */
  readonly peer: Uint8Array;
  readonly peerEphemeral: Uint8Array;
  readonly initiatorId: Uint8Array;
  readonly responderId: Uint8Array;
  readonly keyBytes: number;
  /** S of the other side, where it was sent. */
  readonly received: Uint8Array | undefined;
}

/** The agreed key and S of this side; both are the caller's to zero. */
export interface KeyExchangeResult {
  readonly key: Uint8Array;
  readonly confirmation: Uint8Array;
}

/** First byte of what S_B and S_A are the hash of. @standard GB/T 32918.3-2016 §6.1 B8, A9 */
const TAG = { responder: 2, initiator: 3 } as const;

/** U or V, 65 bytes, or nothing where it is infinity. */
function sharedPoint(input: KeyExchangeInput): Uint8Array | undefined {
  return input.own.secret.use((privateKey) =>
    input.ownEphemeral.secret.use((ephemeralPrivateKey) =>
      defaultEngine.sm2ExchangePoint({
        privateKey,
        ephemeralPrivateKey,
        ephemeralPublicKey: input.ownEphemeral.point,
        peerPublicKey: input.peer,
        peerEphemeralPublicKey: input.peerEphemeral,
      }),
    ),
  );
}

/**
 * The key exchange where the ephemeral key is an object of the application, so that a run may be
 * repeated: sm-core's own draws it and uses it once. The result is `'infinity'` or `'unconfirmed'` where
 * the standard says to stop; nothing is given out then.
 *
 * @standard GB/T 32918.3-2016 §6.1 A5–A10, B4–B10
 */
export function agree(input: KeyExchangeInput): KeyExchangeResult | 'infinity' | 'unconfirmed' {
  const { initiator, own, ownEphemeral, peer, peerEphemeral, received } = input;
  const point = sharedPoint(input);
  if (point === undefined) return 'infinity';
  const zA = sm2.z(initiator ? own.point : peer, input.initiatorId);
  const zB = sm2.z(initiator ? peer : own.point, input.responderId);
  const rA = initiator ? ownEphemeral.point : peerEphemeral;
  const rB = initiator ? peerEphemeral : ownEphemeral.point;
  const z = new Uint8Array(128);
  const x = point.subarray(1, 33);
  const y = point.subarray(33);
  // A9, B8: Hash(x_U‖Z_A‖Z_B‖x_1‖y_1‖x_2‖y_2), then with the byte of the side and y_U before it.
  const inner = defaultEngine.sm3Digest(x, zA, zB, rA.subarray(1), rB.subarray(1));
  const confirmation = (side: 'initiator' | 'responder'): Uint8Array =>
    defaultEngine.sm3Digest(Uint8Array.of(TAG[side]), y, inner);
  try {
    if (received !== undefined) {
      const expected = confirmation(initiator ? 'responder' : 'initiator');
      const same = equalBytes(expected, received);
      expected.fill(0);
      if (!same) return 'unconfirmed';
    }
    // A8, B7: K = KDF(x_U‖y_U‖Z_A‖Z_B, klen)
    z.set(point.subarray(1));
    z.set(zA, 64);
    z.set(zB, 96);
    return {
      key: kdfSm3(z, input.keyBytes),
      confirmation: confirmation(initiator ? 'initiator' : 'responder'),
    };
  } finally {
    for (const bytes of [point, z, inner]) bytes.fill(0);
  }
}
