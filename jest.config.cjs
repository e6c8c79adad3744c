// @ts-check
/** Packages that ship only ES modules: swc turns them into CommonJS like our own code. */
const esmOnly = ['commander', 'jose', 'js-yaml', '@peculiar', 'pvtsutils', 'pvutils', 'asn1js', 'tsyringe', 'tslib']
const swc = ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'commonjs' } }]
/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: [],
  moduleFileExtensions: ['ts', 'js', 'cjs', 'mjs', 'json', 'node'],
  transform: { '\\.[cm]?[tj]s$': swc },
  transformIgnorePatterns: [`node_modules/(?!(${esmOnly.join('|')})/)`],
  // Ends what hangs; how fast the machine is must not decide.
  testTimeout: 120_000,
  setupFilesAfterEnv: [],
}
