export type { AlgorithmRef } from '../spec/v1/algorithm.ts';
export { encodeAlgorithm, readAlgorithm } from './identifier.ts';
export {
  type AlgorithmAlias,
  type AlgorithmEntry,
  type AlgorithmKind,
  type AlgorithmName,
  algorithmByName,
  algorithmByOid,
  algorithmBySgd,
  FOREIGN_ALGORITHMS,
  SM_ALGORITHMS,
} from './table.ts';
