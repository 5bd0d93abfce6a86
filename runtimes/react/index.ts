/** Scopes, tasks and channels as hooks of React 18 and later, over the package's main entry. */
import '../symbols.js'

export type { ChannelSource, ChannelState, ChannelStatus, ChannelValues } from './channel-state.js'
export type { ScopeRef } from './component-scope.js'
export { ScopeProvider, type ScopeProviderProps } from './scope-provider.js'
export type { DebouncedControls, DebouncedFn } from './debounced-runner.js'
export type { TaskControls } from './task-runner.js'
export type { TaskState } from './task-state.js'
export { useChannel, type UseChannelOptions } from './use-channel.js'
export { type DebouncedTask, type DebouncedTaskOptions, useDebouncedTask } from './use-debounced-task.js'
export { useScope } from './use-scope.js'
export { type ComponentTask, useTask, type UseTaskOptions } from './use-task.js'
