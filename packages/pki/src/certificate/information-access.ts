import { utf8 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { Cursor } from '../internal/cursor.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, readOne } from '../internal/tlv.ts';
import { explicit, implicit, oid, sequence } from '../internal/write.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { uriOf } from './general-names.ts';
import { isUri } from './subject-alt-name.ts';

/** Most URIs of one field. */
const MAX_URIS = 16;

/** URIs of the full names of a CRLDistributionPoints value; other forms of a point are read over. */
export function decodeDistributionPoints(value: Uint8Array): readonly string[] {
  const points = readAll(readOne(value, 0x30).value);
  if (points.length === 0) throw new DerProblem('distribution points');
  return points.flatMap((point) => {
    const cursor = new Cursor(expectTag(point, 0x30, 'distribution point').value);
    const name = cursor.maybe(0xa0);
    cursor.maybe(0x81);
    cursor.maybe(0xa2);
    cursor.end('distribution point');
    const choice = name === undefined ? [] : readAll(name.value);
    if (choice.length > 1) throw new DerProblem('distribution point');
    return choice[0]?.tag === 0xa0 ? readAll(choice[0].value).flatMap(uriOf) : [];
  });
}

/** URIs of an AuthorityInfoAccess value. */
export interface InformationAccess {
  readonly ocspUrls: readonly string[];
  readonly caIssuerUrls: readonly string[];
}

/** Reads the value of authorityInfoAccess; other access methods are read over. */
export function decodeInformationAccess(value: Uint8Array): InformationAccess {
  const ocspUrls: string[] = [];
  const caIssuerUrls: string[] = [];
  for (const description of readAll(readOne(value, 0x30).value)) {
    const [method, location, ...rest] = readAll(expectTag(description, 0x30, 'access').value);
    const oidOfMethod = readOid(method, 'access');
    if (location === undefined || rest.length > 0) throw new DerProblem('access');
    if (oidOfMethod === OIDS.accessOcsp) ocspUrls.push(...uriOf(location));
    else if (oidOfMethod === OIDS.accessCaIssuers) caIssuerUrls.push(...uriOf(location));
  }
  return { ocspUrls, caIssuerUrls };
}

function checked(field: string, uris: unknown): readonly string[] {
  const list = uris ?? [];
  const good = Array.isArray(list) && list.length <= MAX_URIS;
  if (!good || !list.every((uri: unknown) => typeof uri === 'string' && isUri(uri))) {
    throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=${field}` });
  }
  return list as readonly string[];
}

const uriName = (uri: string): Uint8Array => implicit(6, utf8(uri));

/**
 * Value of cRLDistributionPoints or freshestCRL, one point for each URI; `undefined` without any.
 *
 * @throws SmError ERR_PKI_REQUEST_INVALID
 */
export function encodeDistributionPoints(
  field: string,
  uris: readonly string[] | undefined,
): Uint8Array | undefined {
  const points = checked(field, uris).map((uri) => sequence(explicit(0, explicit(0, uriName(uri)))));
  return points.length === 0 ? undefined : sequence(...points);
}

/**
 * Value of authorityInfoAccess; `undefined` without any URI.
 *
 * @throws SmError ERR_PKI_REQUEST_INVALID
 */
export function encodeInformationAccess(
  ocspUrls: readonly string[] | undefined,
  caIssuerUrls: readonly string[] | undefined,
): Uint8Array | undefined {
  const parts = [
    ...checked('ocspUrls', ocspUrls).map((uri) => sequence(oid(OIDS.accessOcsp), uriName(uri))),
    ...checked('caIssuerUrls', caIssuerUrls).map((uri) => sequence(oid(OIDS.accessCaIssuers), uriName(uri))),
  ];
  return parts.length === 0 ? undefined : sequence(...parts);
}
