// count-tests.mjs REPORT STATUS: prints "PASSED FAILED" of a vitest JSON report. A run that failed without
// a failed test (a file that does not load, no test at all, no report) counts as one failure.
import { readFileSync } from 'node:fs';

const [file, status] = process.argv.slice(2);

function read() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    process.stderr.write(`no report: ${error.message}\n`);
    return { numPassedTests: 0, numFailedTests: 0, success: false };
  }
}

const { numPassedTests, numFailedTests, success } = read();
const broken = status !== '0' || !success || numPassedTests === 0;
process.stdout.write(`${numPassedTests} ${broken ? Math.max(1, numFailedTests) : numFailedTests}\n`);
