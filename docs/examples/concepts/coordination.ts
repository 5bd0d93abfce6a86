// #region show
import { on, onTimeout, scope } from 'go-go-scope'

await using s = scope({ name: 'coordination' })

const jobs = s.channel<number>(2) // room for two: a third send waits
const news = s.channel<string>()

s.task(async () => {
  for (const job of [1, 2, 3]) await jobs.send(job)
  jobs.close()
})
s.task(() => news.send('hello'))

const [, first] = await s.select([
  on(news, (text) => text.length),
  onTimeout(1_000, () => -1),
])
console.log('select:', first)

for await (const job of jobs) console.log('job', job)

const doors = s.semaphore(1)
{
  using permit = await doors.acquire()
  console.log(
    'permits left:',
    doors.available,
    'mine:',
    permit.constructor.name,
  )
}
console.log('permits left:', doors.available)
// #endregion show
