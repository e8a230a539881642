/** `npm run test:long` runs the long tests at full count, `npm test` at about a tenth. */
export const longRun = process.env['MOORING_TEST_LONG'] === '1';
