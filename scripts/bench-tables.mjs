// Tables of rates for the READMEs, from the committed records.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, root } from './workspace.mjs';

const number = (value) => value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

const aimsOf = ({ aims = [] }) =>
  aims
    .map(
      ({ peer, value, met }) =>
        `${number(value)}${peer === undefined ? '' : ` × ${peer}`}${met ? '' : ' (missed)'}`,
    )
    .join('; ');

const peerCell = (result, peer) =>
  result.peers[peer] === undefined ? '' : `${number(result.peers[peer])} (×${number(result.ratios[peer])})`;

function record(area) {
  const path = `docs/measurements/${area}.json`;
  return existsSync(join(root, path)) ? readJson(path) : undefined;
}

const head = ({ machine }) =>
  `Medians on ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, one thread, load ${machine.load}.`;

/** A column for each peer: for areas whose rows have the same ones. */
export function benchColumns(area) {
  const read = record(area);
  if (read === undefined) return 'No record yet.';
  const { results } = read;
  const peers = [...new Set(results.flatMap((result) => Object.keys(result.peers)))].filter(
    (name) => !name.startsWith('ours'),
  );
  return [
    head(read),
    '',
    `| row | unit | ours | ${peers.join(' | ')} | our aim |`,
    `|---|---|---|${peers.map(() => '---|').join('')}---|`,
    ...results.map(
      (result) =>
        `| \`${result.resultId}\` | ${result.unit} | ${number(result.ours)} | ${peers.map((peer) => peerCell(result, peer)).join(' | ')} | ${aimsOf(result)} |`,
    ),
  ].join('\n');
}

/** All peers of a row in one cell: for areas where every row has others. */
export function benchRows(area) {
  const read = record(area);
  if (read === undefined) return 'No record yet.';
  const peers = (result) =>
    Object.keys(result.peers)
      .map((peer) => `${peer} ${peerCell(result, peer)}`)
      .join('; ');
  return [
    head(read),
    '',
    '| row | unit | ours | others (ours ÷ theirs) | our aim |',
    '|---|---|---|---|---|',
    ...read.results.map(
      (result) =>
        `| \`${result.resultId}\` | ${result.unit} | ${number(result.ours)} | ${peers(result)} | ${aimsOf(result)} |`,
    ),
  ].join('\n');
}
