import { equalBytes } from '@cssi/sm-core';
import { Cursor } from '../internal/cursor.ts';
import { DerProblem, readAll, readBoolean, readOne, type Tlv } from '../internal/tlv.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { IssuingDistributionPoint } from '../spec/v1/revocation.ts';

const WHERE = 'distribution point';
const URI = 0x86;

/** What a DistributionPointName says. */
interface PointName {
  readonly names: readonly Uint8Array[];
  readonly relative: boolean;
}

/** `[0]` of a distribution point, which holds fullName `[0]` or nameRelativeToCRLIssuer `[1]`. */
function readPointName(element: Tlv | undefined): PointName {
  if (element === undefined) return { names: [], relative: false };
  const [choice, ...rest] = readAll(element.value);
  if (choice === undefined || rest.length > 0) throw new DerProblem(WHERE);
  if (choice.tag === 0xa1) return { names: [], relative: true };
  if (choice.tag !== 0xa0) throw new DerProblem(WHERE);
  const names = readAll(choice.value).map(({ raw }) => raw);
  if (names.length === 0) throw new DerProblem(WHERE);
  return { names, relative: false };
}

const urisOf = (names: readonly Uint8Array[]): string[] =>
  names
    .filter((name) => name[0] === URI)
    .map((name) => new TextDecoder('latin1').decode(readOne(name, URI).value));

/** A BOOLEAN with an implicit tag; absent is FALSE. */
function readFlag(element: Tlv | undefined): boolean {
  return element !== undefined && readBoolean({ ...element, tag: 0x01 }, WHERE);
}

/** @standard RFC 5280 §5.2.5 */
export function readIssuingDistributionPoint(value: Uint8Array): IssuingDistributionPoint {
  const cursor = new Cursor(readOne(value, 0x30).value);
  const { names, relative } = readPointName(cursor.maybe(0xa0));
  const onlyUserCerts = readFlag(cursor.maybe(0x81));
  const onlyCaCerts = readFlag(cursor.maybe(0x82));
  const onlySomeReasons = cursor.maybe(0x83) !== undefined;
  const indirect = readFlag(cursor.maybe(0x84));
  const onlyAttributeCerts = readFlag(cursor.maybe(0x85));
  cursor.end(WHERE);
  return {
    names,
    uris: urisOf(names),
    relative,
    onlyUserCerts,
    onlyCaCerts,
    onlyAttributeCerts,
    onlySomeReasons,
    indirect,
  };
}

/** One distribution point of a CRLDistributionPoints or FreshestCRL value. */
interface DistributionPoint {
  readonly names: readonly Uint8Array[];
  /** Its lists are about some reasons only. */
  readonly someReasons: boolean;
  /** GeneralNames of who signs its lists, DER; none: the certificate's issuer does. */
  readonly issuers: readonly Uint8Array[];
}

function readPoints(value: Uint8Array): readonly DistributionPoint[] {
  const points = readAll(readOne(value, 0x30).value);
  if (points.length === 0) throw new DerProblem(WHERE);
  return points.map((point) => {
    if (point.tag !== 0x30) throw new DerProblem(WHERE);
    const cursor = new Cursor(point.value);
    const { names } = readPointName(cursor.maybe(0xa0));
    const someReasons = cursor.maybe(0x81) !== undefined;
    const crlIssuer = cursor.maybe(0xa2);
    cursor.end(WHERE);
    const issuers = crlIssuer === undefined ? [] : readAll(crlIssuer.value).map(({ raw }) => raw);
    if (crlIssuer !== undefined && issuers.length === 0) throw new DerProblem(WHERE);
    return { names, someReasons, issuers };
  });
}

/** URIs of a FreshestCRL value. */
export const readPointUris = (value: Uint8Array): readonly string[] =>
  urisOf(readPoints(value).flatMap(({ names }) => names));

/** `[4]` with the Name of the certificate's own issuer. */
const isOwnIssuer = (name: Uint8Array, { issuerRaw }: Certificate): boolean =>
  name[0] === 0xa4 && equalBytes(readOne(name, 0xa4).value, issuerRaw);

/**
 * Names of the distribution points where the certificate's issuer lists all its revocations,
 * whatever their reason.
 */
function pointNamesOf(certificate: Certificate): readonly Uint8Array[] {
  const found = certificate.extensions.find(({ oid }) => oid === OIDS.crlDistributionPoints);
  if (found === undefined) return [];
  try {
    return readPoints(found.value)
      .filter(({ someReasons }) => !someReasons)
      .filter(({ issuers }) => issuers.every((name) => isOwnIssuer(name, certificate)))
      .flatMap(({ names }) => names);
  } catch (error) {
    if (error instanceof DerProblem) return [];
    throw error;
  }
}

/**
 * Does a list with this scope cover the certificate? A list of one distribution point covers
 * only certificates that name the point, for another part of the CA's revocations is elsewhere.
 *
 * @standard RFC 5280 §6.3.3 (b) (2)
 */
export function covers(point: IssuingDistributionPoint | undefined, certificate: Certificate): boolean {
  if (point === undefined) return true;
  if (point.indirect || point.relative || point.onlySomeReasons || point.onlyAttributeCerts) return false;
  if (certificate.isCa ? point.onlyUserCerts : point.onlyCaCerts) return false;
  if (point.names.length === 0) return true;
  const named = pointNamesOf(certificate);
  return point.names.some((name) => named.some((other) => equalBytes(name, other)));
}
