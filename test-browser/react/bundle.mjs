/** Bundles the tests of the hooks, once with each version of React: it is no module that a browser could load. */
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../../.ci/run.mjs'

const versions = {
  19: join(root, 'node_modules'),
  18: join(root, 'test-browser', 'react18', 'node_modules'),
}

export async function bundleReactTests() {
  for (const [version, modules] of Object.entries(versions))
    await build({
      entryPoints: [join(root, 'test-browser', 'react', 'suite.jsx')],
      outfile: join(root, 'build', 'react', `suite-${version}.js`),
      alias: { react: join(modules, 'react'), 'react-dom': join(modules, 'react-dom') },
      // The browser's entry of the package, and React's development version, which is the one with StrictMode.
      conditions: ['browser', 'development'],
      define: { 'process.env.NODE_ENV': '"development"' },
      bundle: true,
      ignoreAnnotations: true, // the manifest says which files have side effects, of those that are shipped
      format: 'esm',
      target: 'es2022',
      jsx: 'automatic',
      sourcemap: 'inline',
      logLevel: 'error',
    })
}
