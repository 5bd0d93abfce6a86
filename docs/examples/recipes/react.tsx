declare const api: {
  search(text: string, signal: AbortSignal): Promise<string[]>
  city(
    name: string,
    signal: AbortSignal,
  ): Promise<{ readonly population: number }>
}

// #region show
import { useDebouncedTask, useTask } from 'go-go-scope/react'
import { useState } from 'react'

export function CitySearch() {
  const [chosen, setChosen] = useState<string>()
  const search = useDebouncedTask(
    (text: string, { signal }) => api.search(text, signal),
    { wait: 150 },
  )

  return (
    <main>
      <input
        type="search"
        aria-label="City"
        onChange={(event) => search.run(event.target.value)}
      />
      <ul aria-busy={search.status === 'pending'}>
        {(search.value ?? search.previous ?? []).map((name) => (
          <li key={name}>
            <button type="button" onClick={() => setChosen(name)}>
              {name}
            </button>
          </li>
        ))}
      </ul>
      {search.status === 'failed' && <p role="alert">{search.error.message}</p>}
      {chosen !== undefined && <City name={chosen} />}
    </main>
  )
}

function City({ name }: { readonly name: string }) {
  const city = useTask(({ signal }) => api.city(name, signal), [name], {
    timeout: 5_000,
    retry: 'exponential',
  })
  if (city.status === 'done') {
    return (
      <h2>
        {name}: {city.value.population}
      </h2>
    )
  }
  if (city.status === 'failed') {
    return (
      <button type="button" onClick={city.retry}>
        {city.error.message}, try again
      </button>
    )
  }
  return <p>Loading {name}</p>
}
// #endregion show
