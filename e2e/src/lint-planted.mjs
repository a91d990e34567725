// Lints texts as if they stood in the named files, by the workspace's real eslint.config.mjs: [{filePath, code}] in, [[{ruleId, line}]] out.
// A program of its own because that file is an ES module, which Jest's CommonJS cannot load.
import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';
import { text } from 'node:stream/consumers';

await createProjectGraphAsync(); // without its cache the rule on boundaries is silent
const eslint = new ESLint();
const answers = [];
for (const { filePath, code } of JSON.parse(await text(process.stdin))) {
  const [result] = await eslint.lintText(code, { filePath });
  answers.push(result.messages.map(({ ruleId, line }) => ({ ruleId, line })));
}
process.stdout.write(JSON.stringify(answers), () => process.exit(0));
