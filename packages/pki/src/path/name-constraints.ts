import type { Certificate, GeneralNameValue, NameConstraints } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { NameMatcher } from './name-match.ts';

/** Most comparisons of one certificate's names with one CA's constraints. */
const MAX_COMPARISONS = 65_536;
/** A Name without any relative name. */
const EMPTY_NAME_BYTES = 2;

/** Why constraints are not kept. */
export interface ConstraintProblem {
  readonly code: 'NAME_CONSTRAINTS_VIOLATED' | 'NAME_CONSTRAINTS_UNSUPPORTED';
  readonly detail: string;
}

/** All names that constraints are about: the subject, its mail addresses, the alternative names. */
function namesOf({ subjectRaw, subjectAttributes, subjectAltNames }: Certificate): GeneralNameValue[] {
  const mails = subjectAttributes.flatMap(({ oid, text }): GeneralNameValue[] =>
    oid === OIDS.emailAddress ? [{ kind: 'email', value: text ?? '' }] : [],
  );
  const subject: GeneralNameValue[] =
    subjectRaw.length > EMPTY_NAME_BYTES ? [{ kind: 'directory', raw: subjectRaw }] : [];
  return [...subject, ...mails, ...subjectAltNames];
}

const isOfForm = (a: GeneralNameValue, b: GeneralNameValue): boolean =>
  a.kind === b.kind && (a.kind !== 'other' || b.kind !== 'other' || a.number === b.number);

/** Kinds whose subtrees no standard tells how to compare. */
const isUnsupported = ({ kind }: GeneralNameValue): boolean => kind === 'other' || kind === 'oid';

function checkName(
  name: GeneralNameValue,
  { permitted, excluded }: NameConstraints,
  matcher: NameMatcher,
): ConstraintProblem | undefined {
  const [allowed, forbidden] = [permitted, excluded].map((list) =>
    list.filter((base) => isOfForm(name, base)),
  );
  if (allowed!.length + forbidden!.length === 0) return undefined;
  const detail = `kind=${name.kind}`;
  if (isUnsupported(name)) return { code: 'NAME_CONSTRAINTS_UNSUPPORTED', detail };
  // What cannot be told is neither permitted nor known not to be excluded.
  const bad =
    forbidden!.some((base) => matcher.match(name, base) !== false) ||
    (allowed!.length > 0 && !allowed!.some((base) => matcher.match(name, base) === true));
  return bad ? { code: 'NAME_CONSTRAINTS_VIOLATED', detail } : undefined;
}

/**
 * The first name of `certificate` that the constraints of a CA above it do not allow. Host names,
 * mail addresses, URIs, IP addresses and directory names are compared; a name of another kind
 * on which there is a constraint cannot be judged, and does not pass.
 *
 * @standard RFC 5280 §4.2.1.10
 */
export function checkNameConstraints(
  constraints: NameConstraints,
  certificate: Certificate,
): ConstraintProblem | undefined {
  const names = namesOf(certificate);
  const bases = constraints.permitted.length + constraints.excluded.length;
  if (names.length * bases > MAX_COMPARISONS) {
    return { code: 'NAME_CONSTRAINTS_UNSUPPORTED', detail: 'too many names' };
  }
  const matcher = new NameMatcher();
  for (const name of names) {
    const problem = checkName(name, constraints, matcher);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
