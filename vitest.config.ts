import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, 'test/services/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    coverage: {
      include: ['functions/**/*.ts', 'shared/**/*.ts', 'infra/**/*.ts'],
      // Programs run in processes of their own, where this run cannot see them.
      exclude: [
        'infra/cli/main.ts',
        'infra/local/{pump,offline,main}.ts',
        'shared/core/tsl/generated/**',
      ],
      reporter: ['text-summary', 'html'],
      thresholds: { statements: 85, branches: 80, functions: 85, lines: 85 },
    },
  },
});
