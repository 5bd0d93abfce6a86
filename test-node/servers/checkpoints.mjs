/** What a checkpoint provider of a server does. */
import assert from 'node:assert/strict'
import { CheckpointFencedError } from 'go-go-scope'
import { freshKey, hostileKeys, times } from './kit.mjs'

const checkpoint = (taskId, sequence, data = { sequence, at: new Date(sequence) }) => ({
  id: `${taskId}-1700000000000-${sequence}`,
  taskId,
  sequence,
  timestamp: 1_700_000_000_000,
  progress: 50,
  data,
})

const numbers = (found) => found.map(({ sequence }) => sequence)

export function checkpointCases(test, { one, two }) {
  const [a, b] = [one.checkpoint, two.checkpoint]

  test('checkpoint: they come back as they were, oldest first', async () => {
    const task = freshKey('task')
    assert.equal(await a.loadLatest(task), undefined)
    assert.deepEqual(await a.list(task), [])
    for (const sequence of [2, 10, 1, 9]) await a.save(checkpoint(task, sequence))
    assert.deepEqual(numbers(await b.list(task)), [1, 2, 9, 10])
    assert.deepEqual(await b.loadLatest(task), checkpoint(task, 10))
    assert.deepEqual(await b.load(checkpoint(task, 9).id), checkpoint(task, 9))
    assert.equal(await b.load(`${task}-1-1`), undefined)
    const whole = { ...checkpoint(task, 11), version: 3, checksum: 'abc', estimatedTimeRemaining: 5 }
    await a.save(whole)
    assert.deepEqual(await b.loadLatest(task), whole)
  })

  test('checkpoint: saving one again replaces it', async () => {
    const task = freshKey('task')
    await a.save(checkpoint(task, 1, 'old'))
    await a.save(checkpoint(task, 1, 'new'))
    assert.deepEqual(await b.list(task), [checkpoint(task, 1, 'new')])
    const other = { ...checkpoint(task, 1, 'other'), id: `${task}-5-1` }
    await a.save(other)
    assert.deepEqual(await b.list(task), [other])
    assert.equal(await b.load(checkpoint(task, 1).id), undefined)
    await a.save({ ...other, id: 'made up' })
    assert.equal((await b.load('made up')).id, 'made up')
    await a.save(other)
    assert.equal(await b.load('made up'), undefined)
    assert.deepEqual(await b.load(other.id), other)
  })

  test('checkpoint: the newest are kept', async () => {
    const task = freshKey('task')
    await times(12, (at) => a.save(checkpoint(task, at)))
    await b.cleanup(task, 10)
    await b.cleanup(task, Infinity)
    assert.deepEqual(numbers(await a.list(task)), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    assert.equal(await a.load(checkpoint(task, 1).id), undefined)
    await b.cleanup(task, 0)
    assert.deepEqual(await a.list(task), [])
    await a.save(checkpoint(task, 3))
    await b.deleteAll(task)
    await b.deleteAll(task)
    assert.equal(await a.loadLatest(task), undefined)
  })

  test('checkpoint: ids that somebody made up are found, and gone with their record', async () => {
    const task = freshKey('task')
    const ids = [freshKey('id'), `${freshKey('other task')}-1-2`, '\ud800-1-2', '{}']
    for (const [sequence, id] of ids.entries()) await a.save({ ...checkpoint(task, sequence), id })
    for (const id of ids) assert.equal((await b.load(id)).id, id)
    await b.cleanup(task, 1)
    assert.equal(await b.load(ids[0]), undefined)
    assert.equal((await b.load(ids[3])).id, ids[3])
    await b.deleteAll(task)
    assert.equal(await b.load(ids[3]), undefined)
  })

  test('checkpoint: a claim shuts out all earlier owners', async () => {
    const task = freshKey('task')
    const first = await a.claim(task)
    await a.save(checkpoint(task, 1), first)
    const second = await b.claim(task)
    assert.ok(second > first)
    await assert.rejects(a.save(checkpoint(task, 2, 'late'), first), CheckpointFencedError)
    assert.deepEqual(await a.list(task), [checkpoint(task, 1)])
    await assert.rejects(a.deleteAll(task, first), CheckpointFencedError)
    await b.save(checkpoint(task, 2), second)
    await assert.rejects(b.save(checkpoint(task, 3), second + 1), CheckpointFencedError)
    assert.deepEqual(numbers(await a.list(task)), [1, 2])
    await b.deleteAll(task, second)
    assert.deepEqual(await a.list(task), [])
    for (const fence of [first, second]) {
      await assert.rejects(a.save(checkpoint(task, 2, 'late'), fence), CheckpointFencedError)
      await assert.rejects(a.deleteAll(task, fence), CheckpointFencedError)
    }
    assert.ok((await a.claim(task)) > second)
    await assert.rejects(b.save(checkpoint(task, 3), second), CheckpointFencedError)
    assert.deepEqual(await a.list(task), [])
  })

  test('checkpoint: a clock that was set back gives no lower fence', async () => {
    const task = freshKey('task')
    await a.claim(task)
    const future = (Date.now() + 3_600_000) * 1000
    await one.raiseFences(task, future)
    assert.deepEqual([await a.claim(task), await b.claim(task)], [future + 1, future + 2])
  })

  test('checkpoint: claims at once give different fences, and one owner', async () => {
    const task = freshKey('task')
    const fences = await times(20, (at) => [a, b][at % 2].claim(task))
    assert.equal(new Set(fences).size, 20)
    const saves = await Promise.allSettled(fences.map((fence, at) => a.save(checkpoint(task, at), fence)))
    const winner = fences.indexOf(Math.max(...fences))
    assert.equal(
      saves.findIndex(({ status }) => status === 'fulfilled'),
      winner,
    )
    assert.deepEqual(numbers(await b.list(task)), [winner])
  })

  test('checkpoint: hostile task ids are all different, huge data fits', async () => {
    await Promise.all(hostileKeys.map((task, at) => a.save(checkpoint(task, 1, at))))
    for (const [at, task] of hostileKeys.entries()) {
      assert.deepEqual(await b.list(task), [checkpoint(task, 1, at)])
      assert.equal((await b.load(checkpoint(task, 1).id)).data, at)
      const fence = await b.claim(task)
      await b.save(checkpoint(task, 2), fence)
      await assert.rejects(a.save(checkpoint(task, 3), fence - 1), CheckpointFencedError)
      await b.deleteAll(task)
    }
    const task = freshKey('huge')
    const data = { text: 'ä'.repeat(1_000_000) }
    await a.save(checkpoint(task, 1, data))
    assert.deepEqual((await b.loadLatest(task)).data, data)
    await a.deleteAll(task)
  })

  test('checkpoint: damaged records are passed over, but not all of them', async () => {
    const task = freshKey('task')
    for (const sequence of [1, 2, 3]) await a.save(checkpoint(task, sequence))
    await one.damage(task, checkpoint(task, 3).id)
    await one.damage(task, checkpoint(task, 2).id)
    assert.deepEqual(numbers(await a.list(task)), [1])
    const told = []
    assert.deepEqual(await a.loadLatest(task, (what) => told.push(what)), checkpoint(task, 1))
    assert.equal(told.length, 2)
    assert.match(told[0], /3/)
    assert.equal(await a.load(checkpoint(task, 3).id), undefined)
    await one.damage(task, checkpoint(task, 1).id)
    await assert.rejects(a.loadLatest(task), /^CheckpointCorruptError/)
    assert.deepEqual(await a.list(task), [])
    await a.deleteAll(task)
    assert.equal(await a.loadLatest(task), undefined)
  })

  test('checkpoint: misuse is refused', async () => {
    await assert.rejects(a.save(null), TypeError)
    await assert.rejects(a.save({ ...checkpoint('a', 1), id: '' }), RangeError)
    await assert.rejects(a.save(checkpoint('', 1)), RangeError)
    await assert.rejects(a.save(checkpoint('a', 1.5)), RangeError)
    await assert.rejects(a.save(checkpoint('a', 1), -1), RangeError)
    await assert.rejects(a.cleanup('a', -1), RangeError)
    await assert.rejects(a.loadLatest(5), TypeError)
  })
}
