/** What the examples of the documentation take for granted. */
import type { BroadcastChannel, Channel, ResourcePool, Scope, Semaphore, Task } from 'go-go-scope'
import type { SuiteAssert, VirtualClock } from 'go-go-scope/testing'

interface Connection {
  query(text: string): Promise<unknown[]>
  close(): void
}

interface Order {
  readonly id: string
}

declare global {
  var s: Scope
  var task: Task<readonly [Error | undefined, unknown]>
  var clock: VirtualClock
  var assert: SuiteAssert
  var vi: { useFakeTimers(): void }
  var expect: { extend(matchers: object): void; (received: unknown): { toBeOk(value?: unknown): void } }
  var sem: Semaphore
  var jobs: Channel<number>
  var words: Channel<string>
  var numbers: Channel<number>
  var bc: BroadcastChannel<string>
  var connections: ResourcePool<Connection>
  var url: string
  var urls: string[]
  var todo: string[]
  var rows: unknown[]
  var order: Order
  var mirror1: string
  var mirror2: string
  var api: { search(text: string, signal?: AbortSignal): Promise<string[]>; save(draft: string): Promise<void> }
  function test(name: string, fn: () => void | Promise<void>): void
  function work(): Promise<string>
  function flaky(): Promise<string>
  function connect(): Promise<Connection>
  function charge(order: Order): Promise<string>
  function report(error: Error): void
  function show(value: unknown): void
  function handle(value: unknown): void
  function run(value: unknown): Promise<void>
  function load(path: string, signal: AbortSignal): Promise<string>
  function fetchUser(id?: unknown, signal?: AbortSignal): Promise<{ readonly name: string }>
  function fetchPosts(id: number): Promise<string[]>
  function fetchFrom(mirror: string): Promise<string>
  function fetchText(url: string, signal: AbortSignal): Promise<string>
  function fetchPage(url?: string): Promise<string>
  function fetchStatus(signal: AbortSignal): Promise<{ readonly done: boolean }>
}
