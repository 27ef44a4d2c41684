// API Extractor over every entry point but the adapters, whose API is the interface that they
// implement: the public API as reviewed text files in etc/. Without --update a difference fails the run.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { layers, root } from './workspace.mjs';

const update = process.argv.includes('--update');
let failed = 0;

/** Name of the report and built types of each entry point of a package. */
function entriesOf(layer, packageJson) {
  return Object.entries(packageJson.exports)
    .filter(([path]) => !path.startsWith('./adapters/'))
    .map(([path, { types }]) => ({ name: path === '.' ? layer : `${layer}-${path.slice(2)}`, types }));
}

const entries = layers.flatMap((layer) => {
  const folder = join(root, 'packages', layer);
  const packageJsonFullPath = join(folder, 'package.json');
  const packageJson = JSON.parse(readFileSync(packageJsonFullPath, 'utf8'));
  return entriesOf(layer, packageJson).map((entry) => ({ ...entry, folder, packageJsonFullPath }));
});
for (const { name, types, folder, packageJsonFullPath } of entries) {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(folder, 'api-extractor.json'),
    packageJsonFullPath,
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(folder, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: join(folder, 'etc'),
        reportTempFolder: join(folder, 'dist/temp'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: 'none' } },
        extractorMessageReporting: {
          default: { logLevel: 'warning' },
          // Written into the report, where a reviewer sees it.
          'ae-forgotten-export': { logLevel: 'warning', addToApiReportFile: true },
          'ae-missing-release-tag': { logLevel: 'none' },
          'ae-unresolved-link': { logLevel: 'none' },
          'ae-undocumented': { logLevel: 'none' },
        },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
      },
    },
  });
  mkdirSync(join(folder, 'etc'), { recursive: true });
  if (!existsSync(config.mainEntryPointFilePath)) {
    console.error(`api: ${name} is not built`);
    failed++;
    continue;
  }
  const result = Extractor.invoke(config, {
    localBuild: update,
    messageCallback: (message) => {
      message.handled = true;
      if (message.logLevel === 'error' || (!update && message.logLevel === 'warning')) {
        console.error(`api: ${name}: ${message.text}`);
      }
    },
  });
  const ok = update ? result.errorCount === 0 : result.succeeded && !result.apiReportChanged;
  if (!ok) {
    failed++;
    if (!update && result.apiReportChanged) {
      console.error(
        `api: ${name}: the public API differs from etc/${name}.api.md; review, then \`pnpm api:update\``,
      );
    }
  }
}
console.log(`api: ${entries.length} entry points, ${failed} with problems`);
process.exit(failed > 0 ? 1 : 0);
