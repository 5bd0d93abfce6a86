const commit = async () => {
  await new Promise((done) => setTimeout(done, 20))
  console.log('committed')
}

// #region show
import { scope } from 'go-go-scope'

{
  await using s = scope({ name: 'transfer' })
  s.task(async ({ shield }) => {
    await shield(() => commit(), { timeout: 1_000 })
    console.log('the body goes on only if it is not cancelled by now')
  })
} // the end waits for the shielded section
console.log('ended')
// #endregion show
