import type { Certificate } from '@cssi/pki';
import { equalBytes, hmacSm3, sm3, utf8 } from '@cssi/sm-core';
import {
  type ConformanceCase,
  ConformanceFailure,
  type ConformanceSuite,
  expectBytes,
  expectCode,
  expectTrue,
} from '@cssi/sm-core/conformance';
import { ROOT_KEY_LIMITS, type RootKeyService } from '../spec/v1/root-key-service.ts';
import { evidenceCases } from './evidence-cases.ts';
import { must } from './support.ts';

/**
 * What the root key service suite runs on.
 *
 * @group Conformance
 */
export interface RootKeyServiceSubject {
  /** Opens the service; called once per case. */
  open(): Promise<RootKeyService>;
  /** Device roots the evidence leads to. */
  readonly anchors: readonly Certificate[];
  /** Expected measurement, hex SM3. */
  readonly taMeasurement: string;
  /** The clock evidence is judged by. */
  time(): Date;
}

const SERVICE = 'RootKeyService v1; CC-023';
const AAD = utf8('cssi conformance');

/** A case that gets the service opened, and closed whatever happens. */
function withService(
  id: string,
  run: (service: RootKeyService, bytes: (label: string, length: number) => Uint8Array) => Promise<void>,
): ConformanceCase<RootKeyServiceSubject> {
  return must(`rks.${id}`, SERVICE, async (subject: RootKeyServiceSubject, { bytes }) => {
    const service = await subject.open();
    try {
      await run(service, bytes);
    } finally {
      await service.close();
    }
  });
}

/** Refused with the one code for blobs that do not open. */
const refusesBlob = (service: RootKeyService, blob: Uint8Array, aad: Uint8Array, what: string) =>
  expectCode(() => service.unwrap(blob, aad), ['ERR_TEEC_MAC_INVALID'], what);

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 0x01;
  return copy;
}

function contains(haystack: Uint8Array, needle: Uint8Array): boolean {
  return Buffer.from(haystack).includes(Buffer.from(needle));
}

const wrapCases: readonly ConformanceCase<RootKeyServiceSubject>[] = [
  withService('wrap.round-trip', async (service, bytes) => {
    for (const length of [0, 1, 16, 32, 4096, ROOT_KEY_LIMITS.wrapPlaintext]) {
      const plaintext = bytes(`plaintext ${length}`, length);
      const blob = await service.wrap(plaintext, AAD);
      expectBytes(await service.unwrap(blob, AAD), plaintext, `${length} bytes`);
    }
  }),
  withService('wrap.hides-plaintext', async (service, bytes) => {
    const plaintext = bytes('plaintext', 32);
    expectTrue(!contains(await service.wrap(plaintext, AAD), plaintext), 'the blob holds the plaintext');
  }),
  withService('wrap.fresh', async (service, bytes) => {
    const plaintext = bytes('plaintext', 32);
    const [first, second] = [await service.wrap(plaintext, AAD), await service.wrap(plaintext, AAD)];
    expectTrue(!equalBytes(first, second), 'two blobs of one plaintext differ');
    expectTrue(!equalBytes(first.subarray(-32), second.subarray(-32)), 'and so do their ends');
  }),
  withService('wrap.keeps-inputs', async (service, bytes) => {
    const plaintext = bytes('plaintext', 32);
    const before = plaintext.slice();
    await service.wrap(plaintext, AAD);
    expectBytes(plaintext, before, 'the plaintext of the caller');
  }),
  withService('unwrap.other-session', async (service, bytes) => {
    const plaintext = bytes('plaintext', 32);
    const blobs = await Promise.all(
      Array.from({ length: 16 }, (_, i) => service.wrap(plaintext, utf8(`object ${i}`))),
    );
    const opened = await Promise.all(blobs.map((blob, i) => service.unwrap(blob, utf8(`object ${i}`))));
    for (const one of opened) expectBytes(one, plaintext, 'a parallel call');
  }),
  withService('unwrap.other-aad', async (service, bytes) => {
    const blob = await service.wrap(bytes('plaintext', 32), AAD);
    await refusesBlob(service, blob, utf8('cssi conformancE'), 'other associated data');
    await refusesBlob(service, blob, new Uint8Array(0), 'no associated data');
    await refusesBlob(service, blob, utf8('cssi conformance\0'), 'longer associated data');
  }),
  withService('unwrap.flipped-bit', async (service, bytes) => {
    const blob = await service.wrap(bytes('plaintext', 24), AAD);
    for (let at = 0; at < blob.length; at++) {
      await refusesBlob(service, flipped(blob, at), AAD, `a flipped bit in byte ${at}`);
    }
  }),
  withService('unwrap.truncated', async (service, bytes) => {
    const blob = await service.wrap(bytes('plaintext', 24), AAD);
    for (const length of [0, 1, 16, 48, blob.length - 1]) {
      await refusesBlob(service, blob.subarray(0, length), AAD, `a blob cut to ${length} bytes`);
    }
  }),
  withService('unwrap.extended', async (service, bytes) => {
    const blob = await service.wrap(bytes('plaintext', 24), AAD);
    const longer = new Uint8Array(blob.length + 1);
    longer.set(blob);
    await refusesBlob(service, longer, AAD, 'a blob with a byte after it');
  }),
  withService('unwrap.foreign', async (service, bytes) => {
    await refusesBlob(service, bytes('blob', 81), AAD, 'bytes the service did not make');
  }),
  withService('wrap.excess', async (service) => {
    await expectCode(
      () => service.wrap(new Uint8Array(ROOT_KEY_LIMITS.wrapPlaintext + 1), AAD),
      ['ERR_TEEC_EXCESS_DATA', 'ERR_TEEC_OUT_OF_MEMORY'],
      'a plaintext above the limit',
    );
  }),
];

const macCases: readonly ConformanceCase<RootKeyServiceSubject>[] = [
  withService('mac.stable', async (service, bytes) => {
    const data = bytes('data', 100);
    const tag = await service.mac('label', data);
    expectTrue(tag.length === 32, 'a MAC has 32 bytes');
    expectBytes(await service.mac('label', data), tag, 'the same label and data');
  }),
  withService('mac.label', async (service, bytes) => {
    const data = bytes('data', 100);
    const tags = [
      await service.mac('label', data),
      await service.mac('label2', data),
      await service.mac('labe', data),
    ];
    expectTrue(
      new Set(tags.map((tag) => Buffer.from(tag).toString('hex'))).size === 3,
      'labels have own keys',
    );
  }),
  withService('mac.data', async (service, bytes) => {
    const data = bytes('data', 100);
    const tag = await service.mac('label', data);
    for (const at of [0, 63, 64, 99]) {
      expectTrue(!equalBytes(await service.mac('label', flipped(data, at)), tag), 'each byte counts');
    }
    expectTrue(!equalBytes(await service.mac('label', data.subarray(0, 99)), tag), 'the length counts');
  }),
  withService('mac.boundary', async (service) => {
    const [x, y] = [await service.mac('ab', utf8('c')), await service.mac('a', utf8('bc'))];
    expectTrue(!equalBytes(x, y), 'label and data do not run into each other');
  }),
  withService('mac.keyed', async (service, bytes) => {
    const data = bytes('data', 64);
    const tag = await service.mac('label', data);
    for (const guess of [sm3(data), hmacSm3(utf8('label'), data), hmacSm3(new Uint8Array(32), data)]) {
      expectTrue(!equalBytes(tag, guess), 'a MAC needs the root key');
    }
  }),
  withService('mac.label-empty', async (service) => {
    await expectCode(() => service.mac('', utf8('data')), [], 'an empty label');
  }),
  withService('mac.label-long', async (service) => {
    await expectCode(() => service.mac('x'.repeat(65), utf8('data')), [], 'a label above the limit');
  }),
  withService('mac.excess', async (service) => {
    await expectCode(
      () => service.mac('label', new Uint8Array(ROOT_KEY_LIMITS.macData + 1)),
      ['ERR_TEEC_EXCESS_DATA', 'ERR_TEEC_OUT_OF_MEMORY'],
      'data above the limit',
    );
  }),
];

const lifeCases: readonly ConformanceCase<RootKeyServiceSubject>[] = [
  must('rks.reopen', SERVICE, async (subject: RootKeyServiceSubject, { bytes }) => {
    const plaintext = bytes('plaintext', 32);
    const first = await subject.open();
    const [blob, tag] = [await first.wrap(plaintext, AAD), await first.mac('label', plaintext)];
    await first.close();
    const second = await subject.open();
    try {
      expectBytes(await second.unwrap(blob, AAD), plaintext, 'a blob of an earlier session');
      expectBytes(await second.mac('label', plaintext), tag, 'a MAC of an earlier session');
    } finally {
      await second.close();
    }
  }),
  must('rks.closed', SERVICE, async (subject: RootKeyServiceSubject) => {
    const service = await subject.open();
    await service.close();
    await service.close();
    await expectCode(() => service.mac('label', AAD), [], 'a call after close');
  }),
  must('rks.close-leaves-others', SERVICE, async (subject: RootKeyServiceSubject) => {
    const [first, second] = [await subject.open(), await subject.open()];
    await first.close();
    try {
      await second.mac('label', AAD);
    } catch (error) {
      throw new ConformanceFailure(`another session after close: ${String(error)}`);
    } finally {
      await second.close();
    }
  }),
];

/**
 * The root key service over any TEE: wrapping, MACs, evidence.
 *
 * @group Conformance
 */
export const rootKeyServiceSuite: ConformanceSuite<RootKeyServiceSubject> = {
  name: 'root-key-service',
  specVersion: '1',
  packageVersion: '0.1.0',
  cases: [...wrapCases, ...macCases, ...evidenceCases, ...lifeCases],
};
