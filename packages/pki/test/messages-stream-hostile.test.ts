import { concatBytes, derElement, equalBytes, isAccepted, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { toDer } from '../src/internal/ber.ts';
import { integer, octets, sequence } from '../src/internal/write.ts';
import {
  decryptMessageStream,
  encryptMessage,
  encryptMessageStream,
  parseMessage,
  signMessage,
  signMessageStream,
  verifyDetachedStream,
  verifyMessageStream,
  verifySignedMessage,
} from '../src/messages/index.ts';
import { NOW } from './support/authority.ts';
import { codeOfAsync } from './support/codes.ts';
import { collected, enveloped, type Parties, parties, pieces, signed } from './support/messages.ts';
import { at, contentsOf, edited, indefinite } from './support/messages-craft.ts';

const MALFORMED = 'ERR_PKI_MESSAGE_MALFORMED';
const OPTIONS = 'ERR_PKI_MESSAGE_OPTIONS';
const CONTENT = new Uint8Array(300_000).map((_, index) => index & 0xff);

let people: Parties;
beforeAll(async () => {
  people = await parties();
});
const path = () => ({ anchors: [people.ca.certificate], time: NOW });
const standard = () => [{ ...people.alice, attributes: 'standard' as const }];

describe('the one reader of a stream', () => {
  const stream = async () => {
    const der = await signMessage(CONTENT, { syntax: 'rfc5652', signers: standard() });
    return verifyMessageStream(pieces(der, 1000), { path: path() });
  };

  it('[part of SEAL-017] gets everything while the report waits', async () => {
    const { content, report } = await stream();
    const [all, { verdict }] = await Promise.all([collected(content), report()]);
    expect(equalBytes(all, CONTENT)).toBe(true);
    expect(isAccepted(verdict)).toBe(true);
  });

  it('[part of SEAL-017] is one: a second, and one beside the report, is an error', async () => {
    const one = await stream();
    const iterator = one.content[Symbol.asyncIterator]();
    await iterator.next();
    expect(await codeOfAsync(() => collected(one.content))).toBe(OPTIONS);
    await iterator.return?.();
    expect(await codeOfAsync(() => one.report())).toBe(OPTIONS);
    const two = await stream();
    const [{ verdict }] = await Promise.all([two.report(), two.report()]);
    expect(isAccepted(verdict)).toBe(true);
    expect(await codeOfAsync(() => collected(two.content))).toBe(OPTIONS);
  });

  it('[part of SEAL-017] owns the pieces it gets', async () => {
    const { content, report } = await stream();
    for await (const piece of content) new Uint8Array(piece.buffer).fill(0);
    expect(isAccepted((await report()).verdict)).toBe(true);
  });

  it('[part of SEAL-017] gets bad options as errors from the report too', async () => {
    const der = await signMessage(CONTENT, { syntax: 'rfc5652', signers: standard() });
    const bad = verifyMessageStream(pieces(der, 1000), { policy: 'lax' as never });
    expect(await codeOfAsync(() => bad.report())).toBe('ERR_PKI_DEVIATION_REFUSED');
    const ids = verifyMessageStream(pieces(der, 1000), { signerIds: [] });
    expect(await codeOfAsync(() => ids.report())).toBe(OPTIONS);
  });
});

describe('hostile streams', () => {
  it('[part of SEAL-017] with many elements behind the content are refused at once', async () => {
    const der = await signMessage(utf8('x'), { syntax: 'rfc5652', signers: standard() });
    const head = [0, 1, 2].map((index) => at(der, [1, 0, index]));
    const body = new Uint8Array(2 * 4_000_000).map((_, index) => (index % 2 === 0 ? 0x05 : 0));
    const parts = concatBytes(Uint8Array.of(0x30, 0x80), ...head, body, new Uint8Array(2));
    const long = concatBytes(
      Uint8Array.of(0x30, 0x80),
      at(der, [0]),
      Uint8Array.of(0xa0, 0x80),
      parts,
      new Uint8Array(4),
    );
    const start = performance.now();
    expect(await codeOfAsync(() => verifyMessageStream(pieces(long, 65_536)).report())).toBe(MALFORMED);
    const inside = concatBytes(
      Uint8Array.of(0x30, 0x80),
      at(der, [0]),
      Uint8Array.of(0xa0, 0x80, 0x30, 0x80),
      ...head,
      Uint8Array.of(0x31, 0x80),
      body.subarray(0, 400_000),
      new Uint8Array(8),
    );
    expect(await codeOfAsync(() => verifyMessageStream(pieces(inside, 65_536)).report())).toBe(MALFORMED);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('[part of SEAL-017] of tiny pieces are read fast, and let others work', async () => {
    const plain = new Uint8Array(500_000).fill(1);
    const der = await signMessage(plain, { syntax: 'rfc5652', signers: standard() });
    const cut = new Uint8Array(3 * plain.length);
    for (let index = 0; index < plain.length; index++) cut.set([4, 1, 1], 3 * index);
    const bytes = edited(der, [1, 0, 2, 1, 0], () => derElement(0x24, cut));
    let turns = 0;
    let running = true;
    const tick = () => {
      turns++;
      if (running) setImmediate(tick);
    };
    setImmediate(tick);
    const start = performance.now();
    const stream = verifyMessageStream(pieces(bytes, bytes.length), { path: path() });
    const sizes: number[] = [];
    for await (const piece of stream.content) sizes.push(piece.length);
    running = false;
    expect(isAccepted((await stream.report()).verdict)).toBe(true);
    expect(sizes.length).toBe(Math.ceil(plain.length / 65_536));
    expect(turns).toBeGreaterThan(20);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('[part of SEAL-017] with nested pieces are read as the message in memory is', async () => {
    const der = await signMessage(utf8('abcd'), { syntax: 'rfc5652', signers: standard() });
    const nested = derElement(
      0x24,
      octets(utf8('a')),
      derElement(0x24, derElement(0x24, octets(utf8('b'))), octets(utf8('c'))),
      octets(utf8('d')),
    );
    for (const form of [nested, indefinite(nested)]) {
      const bytes = edited(der, [1, 0, 2, 1, 0], () => form);
      const stream = verifyMessageStream(pieces(bytes, 5), { path: path() });
      expect(await collected(stream.content)).toEqual(utf8('abcd'));
      expect(isAccepted((await stream.report()).verdict)).toBe(true);
    }
    for (const bad of [derElement(0x24, integer(1)), derElement(0x24, derElement(0x80, utf8('a')))]) {
      const bytes = edited(der, [1, 0, 2, 1, 0], () => bad);
      expect(await codeOfAsync(() => verifyMessageStream(pieces(bytes, 5)).report())).toBe(MALFORMED);
    }
  });
});

describe('enveloped streams beside messages in memory', () => {
  const recipients = () => [{ certificate: people.carol.certificate }];
  const open = (bytes: Uint8Array, policy: 'strict' | 'tolerant' = 'tolerant') =>
    codeOfAsync(() => collected(decryptMessageStream(pieces(bytes, 100), { ...people.carol, policy })));

  it('[part of SEAL-017] hold the version and BER against the policy', async () => {
    for (const syntax of ['gbt35275', 'rfc5652'] as const) {
      const der = await encryptMessage(CONTENT, { syntax, recipients: recipients() });
      const version = edited(der, [1, 0, 0], () => integer(7));
      const ber = edited(der, [1, 0, 1, 0], indefinite);
      for (const bytes of [version, ber]) {
        expect(await open(bytes, 'strict')).toBe('ERR_PKI_DEVIATION_REFUSED');
        const codes: string[] = [];
        const onFindings = (list: readonly { code: string }[]) => codes.push(...list.map(({ code }) => code));
        await collected(decryptMessageStream(pieces(bytes, 100), { ...people.carol, onFindings }));
        expect(codes).toEqual(enveloped(bytes).findings.map(({ code }) => code));
      }
    }
  });

  it('[part of SEAL-017] take behind the ciphertext what the standard has there, and nothing else', async () => {
    const with_ = (der: Uint8Array, inner: Uint8Array, outer: Uint8Array) => {
      const more = edited(der, [1, 0, 2], (e) => derElement(0x30, contentsOf(e), inner));
      return edited(more, [1, 0], (e) => derElement(0x30, contentsOf(e), outer));
    };
    const none = new Uint8Array(0);
    const [one, two] = [derElement(0x81, utf8('a')), derElement(0x82, utf8('b'))];
    const attributes = derElement(0xa1, sequence(Uint8Array.of(6, 1, 42), derElement(0x31, integer(1))));
    const gm = await encryptMessage(CONTENT, { syntax: 'gbt35275', recipients: recipients() });
    const cms = edited(
      await encryptMessage(CONTENT, { syntax: 'rfc5652', recipients: recipients() }),
      [1, 0, 0],
      () => integer(2),
    );
    for (const good of [
      with_(gm, one, none),
      with_(gm, concatBytes(one, two), none),
      with_(cms, none, attributes),
    ]) {
      expect(parseMessage(good, { policy: 'strict' }).kind).toBe('envelopedData');
      expect(await open(good, 'strict')).toBe('nothing was thrown');
    }
    for (const bad of [
      with_(gm, concatBytes(two, one), none),
      with_(gm, none, attributes),
      with_(gm, concatBytes(one, one), none),
      with_(gm, integer(1), none),
      with_(cms, one, none),
      with_(cms, none, concatBytes(attributes, attributes)),
      with_(cms, none, integer(1)),
    ]) {
      expect(await open(bad)).toBe(MALFORMED);
      expect(await codeOfAsync(async () => parseMessage(bad))).toBe(MALFORMED);
    }
  });

  it('[part of SEAL-017] are not made where authentication was asked for', async () => {
    const spec = { syntax: 'rfc5652' as const, recipients: recipients(), cipher: 'sm4-gcm' as const };
    expect(await codeOfAsync(() => collected(encryptMessageStream(pieces(CONTENT, 100), spec)))).toBe(
      OPTIONS,
    );
  });
});

describe('streams that are fed tiny pieces', () => {
  it('[part of SEAL-017] are written in blocks that readers take', async () => {
    const long = new Uint8Array(70_000).fill(3);
    const bytes = await collected(
      signMessageStream(pieces(long, 1), { syntax: 'rfc5652', signers: standard() }),
    );
    expect(toDer(bytes, { maxElements: 200 }).wasBer).toBe(true);
    expect(isAccepted(verifySignedMessage(signed(bytes), { path: path() }).verdict)).toBe(true);
    const sealed = await collected(
      encryptMessageStream(pieces(long, 1), {
        syntax: 'rfc5652',
        recipients: [{ certificate: people.carol.certificate }],
      }),
    );
    expect(toDer(sealed, { maxElements: 100 }).wasBer).toBe(true);
    expect(equalBytes(await collected(decryptMessageStream(pieces(sealed, 9), people.carol)), long)).toBe(
      true,
    );
  });

  it('[part of SEAL-017] do not get a tail that readers refuse', async () => {
    const crls = [derElement(0x30, octets(new Uint8Array(8_400_000)))];
    const make = () =>
      collected(
        signMessageStream(pieces(CONTENT, 100_000), { syntax: 'rfc5652', signers: standard(), crls }),
      );
    expect(await codeOfAsync(make)).toBe(OPTIONS);
  });
});

describe('verdicts of streams', () => {
  it('[part of SEAL-017] are those of memory for two signatures by one certificate', async () => {
    const signers = [people.alice, people.alice];
    const der = await signMessage(CONTENT, { syntax: 'gbt35275', signers });
    const stream = verifyMessageStream(pieces(der, 1000), {
      path: path(),
      signerCertificates: [people.alice.certificate],
    });
    const report = await stream.report();
    expect(report.signers.map(({ signature }) => signature)).toEqual(['right', 'right']);
    expect(isAccepted(report.verdict)).toBe(true);
  });

  it('[part of SEAL-017] come for detached messages of many plain signers', async () => {
    const one = signed(
      await signMessage(CONTENT, { syntax: 'gbt35275', detached: true, signers: [people.alice] }),
    );
    const [signer] = one.signers;
    const others = Array.from({ length: 20 }, (_, n) => ({
      ...people.alice.certificate,
      fingerprint: `${n}`,
      serial: Uint8Array.of(1, n),
    }));
    const signers = others.map(({ issuerRaw, serial }) => ({
      ...signer!,
      reference: { by: 'issuerAndSerial' as const, issuerRaw, serial },
    }));
    const message = { ...one, signers, certificates: others };
    const report = await verifyDetachedStream(message, pieces(CONTENT, 1000));
    expect(new Set(report.signers.map(({ signature }) => signature))).toEqual(new Set(['right']));
  });
});
