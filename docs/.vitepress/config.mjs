/** The site: its pages are the folders beside this one, its reference is written by typedoc.mjs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'
import { drawDiagrams } from './diagrams.mjs'

/** Written before the site is built; its links are relative to the site. */
const reference = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'api', 'typedoc-sidebar.json'), 'utf8'))
  // The list is in every page: options and other types are found through what takes them, and by the search.
  .map((entry) => ({ ...entry, items: entry.items.filter(({ text }) => text === 'Classes' || text === 'Functions') }))

const page = (text, link) => ({ text, link })

const pages = [
  {
    text: 'Start',
    items: [
      page('What it is', '/start/'),
      page('In a frontend', '/start/frontend'),
      page('In a Cloudflare Worker', '/start/worker'),
      page('In a Deno script', '/start/deno'),
    ],
  },
  {
    text: 'How it works',
    items: [
      page('Scopes and tasks', '/concepts/scopes'),
      page('Results and errors', '/concepts/results'),
      page('What is cancelled when', '/concepts/cancellation'),
      page('The order of cleanup', '/concepts/cleanup'),
      page('The journey of one call', '/concepts/journey'),
      page('Channels and limits', '/concepts/coordination'),
      page('Runtimes and entries', '/concepts/runtimes'),
      page('Mistakes of the first hour', '/concepts/mistakes'),
    ],
  },
  {
    text: 'Recipes',
    items: [
      page('All recipes', '/recipes/'),
      page('Type-ahead', '/recipes/type-ahead'),
      page('A client that keeps to a rate', '/recipes/rate-limited-client'),
      page('Bulk import that resumes', '/recipes/bulk-import'),
      page('Fan out with a limit', '/recipes/fan-out'),
      page('Hedged request', '/recipes/hedged-request'),
      page('Background service', '/recipes/background-service'),
      page('Graceful shutdown', '/recipes/graceful-shutdown'),
      page('Work off the main thread', '/recipes/worker-offload'),
      page('A breaker that processes share', '/recipes/shared-breaker'),
      page('Idempotent webhook', '/recipes/idempotent-webhook'),
      page('Streaming response', '/recipes/streaming-response'),
      page('Producers and consumers', '/recipes/pipeline'),
      page('Pool of connections', '/recipes/connection-pool'),
      page('React', '/recipes/react'),
      page('Plain DOM', '/recipes/plain-dom'),
      page('Tests in virtual time', '/recipes/testing'),
      page('Look into live scopes', '/recipes/inspector'),
    ],
  },
  {
    text: 'Choose and move',
    items: [
      page('Compared with others', '/compare/'),
      page('From AbortController by hand', '/migrate/abort-controller'),
      page('From go-go-scope 2', '/migrate/go-go-scope'),
      page('Benchmarks', '/benchmarks'),
    ],
  },
]

export default defineConfig({
  title: 'go-go-scope',
  description: 'Structured concurrency for TypeScript',
  lang: 'en',
  srcExclude: ['examples/**'],
  outDir: join(import.meta.dirname, '..', '..', 'build', 'docs'),
  cacheDir: join(import.meta.dirname, '..', '..', 'build', 'docs-cache'),
  metaChunk: true,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // The index of the search is one file.
  vite: { build: { chunkSizeWarningLimit: 3_000 } },
  markdown: {
    config: drawDiagrams,
    // High enough in contrast for small text, unlike the default.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start/', activeMatch: '/start/' },
      { text: 'How it works', link: '/concepts/scopes', activeMatch: '/concepts/' },
      { text: 'Recipes', link: '/recipes/', activeMatch: '/recipes/' },
      { text: 'Compare', link: '/compare/', activeMatch: '/compare/' },
      { text: 'Reference', link: '/api/go-go-scope/', activeMatch: '/api/' },
    ],
    sidebar: { '/': pages, '/api/': reference },
    outline: 'deep',
    search: { provider: 'local' },
  },
})
