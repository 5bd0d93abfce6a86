/** `useChannel`. */
import { assert } from 'chai'
import { scope } from 'go-go-scope'
import { useChannel } from 'go-go-scope/react'
import { useEffect } from 'react'
import { mount, quiet, until } from './kit.jsx'

export function channels(it, mode) {
  function List({ source, limit, seen, onReading }) {
    const { status, value, values, error } = useChannel(source, limit && { limit })
    seen?.push(values)
    useEffect(() => {
      onReading?.()
    }, [onReading])
    return `${status} ${value ?? ''} [${values}] ${error?.message ?? ''}`.trim()
  }

  it('gives every value of a channel, those sent before included, and its end', async () => {
    await using s = scope()
    const jobs = s.channel(10)
    for (const job of [1, 2, 3]) await jobs.send(job)
    const page = await mount(<List source={jobs} limit={10} />, mode)
    await until(() => page.text() === 'open 3 [1,2,3]')
    await jobs.send(4)
    await until(() => page.text() === 'open 4 [1,2,3,4]')
    jobs.close()
    await until(() => page.text() === 'closed 4 [1,2,3,4]')
  })

  it('keeps as many as it is told to, one unless told', async () => {
    await using s = scope()
    const jobs = s.channel(10)
    const page = await mount(<List source={jobs} limit={2} />, mode)
    for (const job of [1, 2, 3]) await jobs.send(job)
    await until(() => page.text() === 'open 3 [2,3]')
    page.render(<List source={jobs} />)
    await until(() => page.text() === 'open 3 [3]')
    await jobs.send(4)
    await until(() => page.text() === 'open 4 [4]')
  })

  it('holds a sender that waits to the pace of the screen, and renders once for all that waits', async () => {
    await using s = scope()
    const jobs = s.channel(4)
    const seen = []
    await mount(<List source={jobs} limit={100} seen={seen} />, mode)
    await until(() => seen.length > 0)
    const start = performance.now()
    for (let job = 0; job < 40; job++) await jobs.send(job)
    const frames = (performance.now() - start) / 16
    await until(() => seen.at(-1).length === 40)
    assert.deepEqual(
      seen.at(-1),
      Array.from({ length: 40 }, (_, at) => at),
    )
    const lengths = new Set(seen.map((values) => values.length))
    assert.isAbove(frames, 3, 'the sender had to wait')
    assert.isBelow(lengths.size, 30, 'several values a render')
  })

  it('unmounting leaves the rest in the channel', async () => {
    await using s = scope()
    const jobs = s.channel(10)
    const page = await mount(<List source={jobs} />, mode)
    await jobs.send(1)
    await until(() => page.text() === 'open 1 [1]')
    page.unmount()
    await quiet()
    await jobs.send(2)
    await quiet()
    assert.strictEqual(jobs.tryReceive(), 2)
  })

  it('every component gets all values of a broadcast, and unsubscribes', async () => {
    await using s = scope()
    let reading = false
    const news = s.broadcast({ capacity: 1, backpressure: 'error' })
    const page = await mount(
      <>
        <p>
          <List source={news} limit={5} />
        </p>
        <p>
          <List source={news} limit={5} onReading={() => (reading = true)} />
        </p>
      </>,
      mode,
    )
    await until(() => reading)
    await news.send('a')
    await until(() => page.text() === 'open a [a]open a [a]')
    page.unmount()
    await quiet()
    for (const word of ['b', 'c', 'd']) assert.isTrue(await news.send(word), 'nobody is full who has left')
  })

  it('a slow one of a lagging broadcast goes on with what is left', async () => {
    await using s = scope()
    const news = s.broadcast({ capacity: 2, backpressure: 'lag' })
    let reading = false
    const page = await mount(<List source={news} limit={9} onReading={() => (reading = true)} />, mode)
    await until(() => reading)
    for (let at = 0; at < 5; at++) await news.send(at)
    await until(() => page.text().startsWith('open 4'))
    assert.match(page.text(), /^open 4 \[(\d,)*3,4\]$/)
    for (let at = 5; at < 9; at++) await news.send(at)
    await until(() => page.text().startsWith('open 8'))
    news.close()
    await until(() => page.text().startsWith('closed 8'))
  })

  it('what came with the end of its scope is shown', async () => {
    const s = scope()
    const jobs = s.channel(5)
    const page = await mount(<List source={jobs} limit={9} />, mode)
    await jobs.send(1)
    await until(() => page.text() === 'open 1 [1]')
    void jobs.send(2)
    await until(() => page.text() === 'open 2 [1,2]')
    s.cancel(new Error('signed out'))
    await until(() => page.text() === 'cancelled 2 [1,2] signed out')
    await s[Symbol.asyncDispose]()
  })

  it('another source starts afresh, from its first render', async () => {
    await using s = scope()
    const [first, second] = [s.channel(2), s.channel(2)]
    await first.send('old')
    const seen = []
    const page = await mount(<List source={first} />, mode)
    await until(() => page.text() === 'open old [old]')
    page.render(<List source={second} seen={seen} />)
    await until(() => page.text() === 'open  []')
    assert.isTrue(seen.every((values) => values.length === 0))
    await second.send('new')
    await until(() => page.text() === 'open new [new]')
    await first.send('left alone')
    await quiet()
    assert.strictEqual(first.size, 1)
  })

  it('tells the end of its scope from an error on the way', async () => {
    const s = scope()
    const jobs = s.channel(1)
    const broken = jobs.map(() => {
      throw new Error('cannot map')
    })
    const page = await mount(<List source={broken} />, mode)
    await jobs.send(1)
    await until(() => page.text() === 'failed  [] cannot map')
    page.render(<List source={s.channel()} />)
    await until(() => page.text() === 'open  []')
    await s[Symbol.asyncDispose]()
    await until(() => page.text().startsWith('cancelled'))
  })

  it('without a source it is open and empty', async () => {
    const page = await mount(<List source={undefined} />, mode)
    await until(() => page.text() === 'open  []')
  })

  it('refuses a limit that makes no sense', () => {
    for (const limit of [0, -1, 1.5, Number.POSITIVE_INFINITY, '2'])
      assert.throws(() => useChannel(undefined, { limit }), RangeError, /limit must be a positive integer/)
  })
}
