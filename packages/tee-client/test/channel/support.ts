import { concatBytes, type Sm2KeyPair, SmError, sm2 } from '@cssi/sm-core';
import {
  type ChannelCredential,
  type ChannelEstablished,
  ChannelInitiator,
  type ChannelOptions,
  ChannelResponder,
} from '../../src/channel/index.ts';

/**
 * A TEE for these tests: `name (1) ‖ report data (64) ‖ signature (64)` by a device key. The
 * signature is real; what a real device would measure is the name.
 */
export class TestDevice {
  readonly #key: Sm2KeyPair = sm2.generateKeyPair();

  get publicKey(): Uint8Array {
    return this.#key.publicKey;
  }

  /** Evidence of the software `name` over what it is given. */
  evidence(name: number, reportData: Uint8Array): Uint8Array {
    const body = concatBytes(Uint8Array.of(name), reportData);
    return concatBytes(body, sm2.signWith(this.#key, body, { format: 'raw' }));
  }

  attester(name: number): Extract<ChannelCredential, { kind: 'evidence' }> {
    return { kind: 'evidence', attest: (reportData) => this.evidence(name, reportData) };
  }

  /** Accepts evidence of `name` by this device for this handshake. */
  appraiser(name: number): (evidence: Uint8Array, reportData: Uint8Array) => void {
    return (evidence, reportData) => {
      const body = evidence.subarray(0, 65);
      const genuine = sm2.verify(this.publicKey, body, evidence.subarray(65), { format: 'raw' });
      if (!genuine) throw new Error('evidence is not signed by the device');
      if (body[0] !== name) throw new Error('evidence is of other software');
      if (Buffer.compare(body.subarray(1), reportData) !== 0)
        throw new Error('evidence is of another handshake');
    };
  }
}

export const device: TestDevice = new TestDevice();
export const ENCLAVE = 7;
export const clientKey: Sm2KeyPair = sm2.generateKeyPair();

/** The sides of an enclave and its client. */
export const clientOptions = (changes: Partial<ChannelOptions> = {}): ChannelOptions => ({
  credential: { kind: 'key', pair: clientKey },
  accept: { evidence: device.appraiser(ENCLAVE) },
  ...changes,
});
export const enclaveOptions = (changes: Partial<ChannelOptions> = {}): ChannelOptions => ({
  credential: device.attester(ENCLAVE),
  accept: { key: (publicKey) => Buffer.compare(publicKey, clientKey.publicKey) === 0 },
  ...changes,
});

export interface Run {
  readonly m1: Uint8Array;
  readonly m2: Uint8Array;
  readonly m3: Uint8Array;
  readonly client: ChannelEstablished;
  readonly enclave: ChannelEstablished;
}

export function run(
  client: ChannelOptions = clientOptions(),
  enclave: ChannelOptions = enclaveOptions(),
): Run {
  const initiator = new ChannelInitiator(client);
  const responder = new ChannelResponder(enclave);
  const m1 = initiator.hello();
  const m2 = responder.answer(m1);
  const finished = initiator.finish(m2);
  return { m1, m2, m3: finished.message, client: finished, enclave: responder.accept(finished.message) };
}

/** Code and reason of what an action throws; `undefined` when it does not. */
export function failure(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
    return `${error.code} ${error.detail ?? ''}`.trim();
  }
  return undefined;
}
