import type { ConformanceSuite } from '@cssi/sm-core/conformance';
import { verifierReportCases } from './evidence-verifier-cases.ts';
import { verifierRefusalCases } from './evidence-verifier-refusals.ts';
import type { EvidenceVerifierSubject } from './evidence-verifier-support.ts';

/**
 * Cases for a verifier of evidence with an attester that makes what it verifies.
 *
 * @group Conformance
 */
export const evidenceVerifierSuite: ConformanceSuite<EvidenceVerifierSubject> = {
  name: 'tee-client EvidenceVerifier',
  specVersion: '1',
  packageVersion: '0.1.0',
  cases: [...verifierReportCases, ...verifierRefusalCases],
};
