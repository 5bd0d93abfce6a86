/** Writes the API reference from the doc comments, as pages of the site: one for each export of each entry. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application, Converter, ReflectionKind, TSConfigReader } from 'typedoc'

const root = join(import.meta.dirname, '..', '..')
const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The entries of the same names: all of them export what the main one does. */
const alike = ['./node', './browser', './deno', './bun', './workerd', './core', './package.json']

/** The source of each entry, by the name it is imported by. */
const entries = Object.entries(exports)
  .filter(([path]) => !alike.includes(path))
  .map(([path, { types }]) => [
    name + path.slice(1),
    join(root, types.replace('./dist/types/', '').replace('.d.ts', '.ts')),
  ])

/** Names each module as it is imported. */
function nameModules(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      const entry = entries.find(([, source]) => source.replace(/(\/index)?\.ts$/, '') === join(root, module.name))
      if (entry) module.name = entry[0]
    }
  })
}

/** Fails on a comment that links to nothing, or that a page would show wrong. */
export async function writeReference() {
  const app = await Application.bootstrapWithPlugins(
    {
      plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
      entryPoints: entries.map(([, source]) => source),
      tsconfig: join(import.meta.dirname, 'tsconfig.json'),
      basePath: root,
      out: join(import.meta.dirname, '..', 'api'),
      docsRoot: join(import.meta.dirname, '..'),
      name,
      readme: 'none',
      excludeInternal: true,
      excludePrivate: true,
      excludeExternals: true,
      disableSources: true,
      treatWarningsAsErrors: false,
      logLevel: 'Warn',
      // The compiler of the project has checked them.
      skipErrorChecking: true,
      hideBreadcrumbs: false,
      hidePageHeader: true,
      useCodeBlocks: true,
      expandObjects: true,
      parametersFormat: 'table',
      propertiesFormat: 'table',
      typeDeclarationFormat: 'table',
      sidebar: { pretty: true },
    },
    [new TSConfigReader()],
  )
  nameModules(app)
  const project = await app.convert()
  if (!project) throw new Error('the sources could not be read')
  await app.generateOutputs(project)
  if (app.logger.hasErrors()) throw new Error('the reference could not be written')
}
