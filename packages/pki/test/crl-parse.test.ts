import { concatBytes, derElement, fromHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { findRevoked, issueCrl, parseCrl } from '../src/revocation/index.ts';
import { MAX_CRL_BYTES } from '../src/spec/v1/revocation.ts';
import { root, under } from './support/authority.ts';
import { codeOf } from './support/codes.ts';
import {
  commonName,
  extension,
  generalizedTime,
  NONE,
  SM2_ALGORITHM,
  sequence,
  utcTime,
} from './support/craft.ts';
import { crlSpec, revokedEntry } from './support/revocation.ts';

interface Parts {
  readonly version?: Uint8Array;
  readonly algorithm?: Uint8Array;
  readonly outer?: Uint8Array;
  readonly thisUpdate?: Uint8Array;
  readonly nextUpdate?: Uint8Array;
  readonly entries?: Uint8Array;
  readonly extensions?: Uint8Array;
  readonly trailing?: Uint8Array;
}

const CRITICAL = Uint8Array.of(1, 1, 0xff);
const list = (...extensions: readonly Uint8Array[]): Uint8Array => derElement(0xa0, sequence(...extensions));
const ENTRY = sequence(fromHex('020101'), utcTime('261101000000Z'));
const withEntry = (...parts: readonly Uint8Array[]) => sequence(sequence(...parts));
const reason = (code: number, flag = NONE) => extension('551d15', Uint8Array.of(0x0a, 1, code), flag);

/** A list made by hand; nobody signed it, which parsing does not ask. */
const craft = (parts: Parts = {}): Uint8Array =>
  sequence(
    sequence(
      parts.version ?? fromHex('020101'),
      parts.algorithm ?? SM2_ALGORITHM,
      commonName(derElement(0x0c, utf8('CA'))),
      parts.thisUpdate ?? utcTime('261101000000Z'),
      parts.nextUpdate ?? utcTime('270101000000Z'),
      parts.entries ?? sequence(ENTRY),
      parts.extensions ?? NONE,
    ),
    parts.outer ?? parts.algorithm ?? SM2_ALGORITHM,
    derElement(0x03, Uint8Array.of(0, 0x30, 0)),
    parts.trailing ?? NONE,
  );

describe('reading a list', () => {
  it('takes version 1, no nextUpdate, no entries, an empty SEQUENCE of entries', () => {
    const first = parseCrl(craft({ version: NONE, nextUpdate: NONE, entries: NONE }));
    expect(first).toMatchObject({ version: 1, unknownCritical: [], findings: [] });
    expect(first.nextUpdate).toBeUndefined();
    expect(parseCrl(craft({ entries: sequence() })).revoked.count).toBe(0);
    expect(
      parseCrl(craft({ thisUpdate: generalizedTime('20500101000000Z') })).thisUpdate.getUTCFullYear(),
    ).toBe(2050);
  });

  it('finds serial numbers with and without zeros in front', () => {
    const entries = sequence(
      sequence(fromHex('020200ff'), utcTime('261101000000Z')),
      sequence(fromHex('02020100'), utcTime('261101000000Z')),
    );
    const { revoked } = parseCrl(craft({ entries }));
    expect(revoked.find(Uint8Array.of(0xff))).toBeDefined();
    expect(findRevoked(parseCrl(craft({ entries })), Uint8Array.of(0, 0xff))).toBeDefined();
    expect(revoked.find(Uint8Array.of(1))).toBeUndefined();
    expect(revoked.find(new Uint8Array(0))).toBeUndefined();
  });

  it('reports what deviates, and refuses it under the strict policy', () => {
    const long = withEntry(
      concatBytes(Uint8Array.of(2, 21), new Uint8Array(21).fill(1)),
      utcTime('261101000000Z'),
    );
    const written = list(extension('551d14', fromHex('020101'), Uint8Array.of(1, 1, 0)));
    for (const [parts, code] of [
      [{ entries: long }, 'SERIAL_LONG'],
      [{ extensions: written }, 'CRITICAL_FALSE_WRITTEN'],
      [{ algorithm: fromHex('300c06082a811ccf550183750500') }, 'ALGORITHM_PARAMETERS_NULL'],
    ] as const) {
      expect(parseCrl(craft(parts)).findings.map((finding) => finding.code)).toContain(code);
      expect(codeOf(() => parseCrl(craft(parts), { policy: 'strict' }))).toBe('ERR_PKI_DEVIATION_REFUSED');
    }
  });

  it('names critical extensions that are not evaluated, of the list and of entries', () => {
    const issuer = extension(
      '551d1d',
      sequence(derElement(0xa4, commonName(derElement(0x0c, utf8('x'))))),
      CRITICAL,
    );
    const entries = withEntry(
      fromHex('020101'),
      utcTime('261101000000Z'),
      sequence(reason(1, CRITICAL), issuer),
    );
    const extensions = list(extension('2a030405', Uint8Array.of(5, 0), CRITICAL));
    expect(parseCrl(craft({ entries, extensions })).unknownCritical).toEqual(['1.2.3.4.5', '2.5.29.29']);
  });

  const NEGATIVE_SERIAL = withEntry(fromHex('020180'), utcTime('261101000000Z'));
  const at = (text: string) => withEntry(fromHex('020101'), utcTime(text));
  const BAD: readonly [string, Parts][] = [
    ['version 3', { version: fromHex('020102') }],
    ['version 1 written out', { version: fromHex('020100') }],
    ['extensions in version 1', { version: NONE, extensions: list(extension('551d14', fromHex('020101'))) }],
    ['no time', { thisUpdate: NONE, nextUpdate: NONE }],
    ['two algorithms', { outer: fromHex('300906072a8648ce3d0401') }],
    ['something behind the signature', { trailing: Uint8Array.of(5, 0) }],
    ['an empty list of extensions', { extensions: list() }],
    [
      'an extension twice',
      { extensions: list(extension('551d14', fromHex('020101')), extension('551d14', fromHex('020101'))) },
    ],
    ['a negative list number', { extensions: list(extension('551d14', fromHex('0201ff'))) }],
    [
      'a list number of 21 bytes',
      { extensions: list(extension('551d14', concatBytes(Uint8Array.of(2, 21, 1), new Uint8Array(20)))) },
    ],
    [
      'a flag of a distribution point that is none',
      { extensions: list(extension('551d1c', fromHex('3003810101'))) },
    ],
    [
      'flags of a distribution point in another order',
      { extensions: list(extension('551d1c', fromHex('30068201ff8101ff'))) },
    ],
    ['a distribution point of no name', { extensions: list(extension('551d1c', fromHex('3004a002a000'))) }],
    ['a negative serial number', { entries: NEGATIVE_SERIAL }],
    [
      'a serial number that is not minimal',
      { entries: withEntry(fromHex('02020001'), utcTime('261101000000Z')) },
    ],
    ['an empty serial number', { entries: withEntry(fromHex('0200'), utcTime('261101000000Z')) }],
    [
      'a serial number of 65 bytes',
      {
        entries: withEntry(
          concatBytes(Uint8Array.of(2, 65), new Uint8Array(65).fill(1)),
          utcTime('261101000000Z'),
        ),
      },
    ],
    ['an entry without a time', { entries: withEntry(fromHex('020101')) }],
    ['February 29 of a year without', { entries: at('260229000000Z') }],
    ['month 13', { entries: at('261301000000Z') }],
    ['hour 24', { entries: at('261101240000Z') }],
    ['a time without Z', { entries: at('2611010000000') }],
    ['letters in a time', { entries: at('26110a000000Z') }],
    ['a time with an offset', { entries: at('2611010000+0800') }],
    ['no entry extensions', { entries: withEntry(fromHex('020101'), utcTime('261101000000Z'), sequence()) }],
    ['reason 7', { entries: withEntry(fromHex('020101'), utcTime('261101000000Z'), sequence(reason(7))) }],
    ['reason 11', { entries: withEntry(fromHex('020101'), utcTime('261101000000Z'), sequence(reason(11))) }],
    [
      'a reason twice',
      { entries: withEntry(fromHex('020101'), utcTime('261101000000Z'), sequence(reason(1), reason(2))) },
    ],
    [
      'an invalidity date as UTCTime',
      {
        entries: withEntry(
          fromHex('020101'),
          utcTime('261101000000Z'),
          sequence(extension('551d18', utcTime('261101000000Z'))),
        ),
      },
    ],
    [
      'something behind the entry extensions',
      {
        entries: withEntry(
          fromHex('020101'),
          utcTime('261101000000Z'),
          sequence(reason(1)),
          Uint8Array.of(5, 0),
        ),
      },
    ],
    ['an entry of indefinite length', { entries: derElement(0x30, fromHex('30800201011780')) }],
  ];
  it.each(BAD)('refuses %s', (_, parts) => {
    expect(codeOf(() => parseCrl(craft(parts)))).toBe('ERR_PKI_CRL_MALFORMED');
  });

  it('refuses what is no list at all', () => {
    for (const bad of [NONE, Uint8Array.of(0x30), new Uint8Array(MAX_CRL_BYTES + 1), 'x', undefined]) {
      expect(codeOf(() => parseCrl(bad as Uint8Array))).toBe('ERR_PKI_CRL_MALFORMED');
    }
    expect(codeOf(() => parseCrl(craft(), { policy: 'lax' as 'strict' }))).toBe('ERR_PKI_DEVIATION_REFUSED');
  });
});

describe('a list that was altered or cut', () => {
  it('is refused or reads as something: never anything else', async () => {
    const ca = await root();
    const leaf = await under(ca, 'leaf');
    const entries = [
      revokedEntry(leaf, { reason: 'superseded', invalidityDate: leaf.certificate.notBefore }),
    ];
    const good = await issueCrl(
      crlSpec(ca, { entries, issuingDistributionPoint: { uris: ['http://a/'] } }),
      ca.signer,
    );
    const tryRead = (der: Uint8Array) =>
      codeOf(() => {
        const crl = parseCrl(der);
        crl.revoked.find(leaf.certificate.serial);
        for (const entry of crl.revoked) entry.revocationDate.toISOString();
      });
    const codes = new Set<string>();
    for (let at = 0; at < good.length; at++) {
      codes.add(tryRead(good.subarray(0, at)));
      for (const bit of [0x01, 0x02, 0x80, 0xff]) {
        const bad = Uint8Array.from(good);
        bad[at]! ^= bit;
        codes.add(tryRead(bad));
      }
    }
    expect([...codes].sort()).toEqual(['ERR_PKI_CRL_MALFORMED', 'nothing was thrown']);
  });
});
