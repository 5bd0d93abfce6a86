/** Unit and model tests on the pinned Node, straight from the sources, with their coverage. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: process.env.TEST_LONG === '1' ? 600_000 : 10_000,
    include: ['test-node/**/*.test.ts'],
    setupFiles: ['test-node/setup.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/globals.d.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: { branches: 95 },
    },
  },
})
