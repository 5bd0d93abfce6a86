/** A scope that ends with its page exists where there are pages, and says so elsewhere. */

import type { Kit } from './kit.js'

export function pageScopes({ lib, test, assert, env }: Kit): void {
  if (env.name !== 'browser') {
    test('a page scope is refused where there is no page, with what to use there', () => {
      assert.throws(
        () => lib.pageScope(),
        TypeError,
        'Cannot create page scope: this runtime has no pages; use scope()',
      )
    })
    return
  }

  test('a page scope refuses options that make no sense', () => {
    // @ts-expect-error not a way to end
    assert.throws(() => lib.pageScope({ until: 'unload' }), RangeError, /until must be one of 'pagehide', 'navigation'/)
    // @ts-expect-error options are an object
    assert.throws(() => lib.pageScope('navigation'), TypeError, /options must be an object/)
    assert.throws(() => lib.pageScope({ timeout: -1 }), RangeError, /timeout/)
  })
}
