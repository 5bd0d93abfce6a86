/** Lets code be replaced as a development server does: React has to find this when it is loaded. */
import { injectIntoGlobalHook } from 'react-refresh/runtime'

injectIntoGlobalHook(window)
